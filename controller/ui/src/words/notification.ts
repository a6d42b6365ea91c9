import type { ChannelView, DeliveryView } from "../../../src/api/notification-view.ts";
import type { Sentence } from "./sentence.ts";
import type { TimeWords } from "./time.ts";
import { said } from "../language/said.ts";
import { msg, plural, words } from "../language/message.ts";

export const kindWords = words<Readonly<Record<ChannelView["kind"], string>>>({
  email: "E-mail",
  webhook: "Webhook",
  ntfy: "ntfy",
});

/** What is told from a severity on. */
export const severityWords = words<Readonly<Record<ChannelView["leastSeverity"], string>>>({
  critical: "Infected machines, cuts that a box refused, boxes in trouble",
  warning: "As critical, and suspects, silent boxes, lines that are dead or walled",
  info: "As warnings, and what came into force",
});

/** What goes to a channel, and when not. */
export function termsWords(channel: ChannelView, siteNames: ReadonlyMap<string, string>): string {
  if (!channel.isEnabled) return msg`Switched off: nothing goes there.`;
  const what = {
    critical: msg`Critical findings`,
    warning: msg`Critical findings and warnings`,
    info: msg`All findings`,
  };
  const { sites, quietHours } = channel;
  const where =
    sites === null
      ? msg`of all sites`
      : sites.length === 0
        ? msg`of no site`
        : msg`of ${sites.map((id) => siteNames.get(id) ?? id).join(", ")}`;
  if (quietHours === null) return msg`${what[channel.leastSeverity]} ${where}.`;
  const { from, to, timeZone } = quietHours;
  return msg`${what[channel.leastSeverity]} ${where}; from ${from} to ${to} (${timeZone}) only an infected machine that nothing holds.`;
}

/** What waits for a channel and why; empty where nothing does. */
export function waitingWords({ waiting, isQuiet, isEnabled }: ChannelView): string {
  if (waiting === 0 || !isEnabled) return "";
  return isQuiet
    ? plural(waiting, "{n} finding waits for the quiet hours to end.", "{n} findings wait for the quiet hours to end.")
    : plural(waiting, "{n} finding waits to be told.", "{n} findings wait to be told.");
}

/** What became of a message, with what the receiver said where that is of use. */
export function deliveryWords(delivery: DeliveryView, time: TimeWords, now: number): string {
  const { state, tries, answer, dueAt, isTest } = delivery;
  if (state === "delivered") return tries > 1 ? msg`Delivered at try ${tries}.` : msg`Delivered.`;
  if (state === "waiting" && tries === 0) return msg`On its way.`;
  const told = answer === null ? "" : ` ${said(answer)}`;
  if (state === "waiting") {
    return `${plural(tries, "{n} try, again at {0}.", "{n} tries, again at {0}.", time.moment(dueAt, now))}${told}`;
  }
  return isTest
    ? msg`The test failed.${told}`
    : `${plural(tries, "Given up after {n} try.", "Given up after {n} tries.")}${told}`;
}

/** The last message to a channel that was no test and did not get there; null where the last did. */
function failing(channel: ChannelView, deliveries: readonly DeliveryView[]): DeliveryView | null {
  const last = deliveries.find(({ channelId, isTest, state, tries }) => {
    return channelId === channel.id && !isTest && (state !== "waiting" || tries > 0);
  });
  return last === undefined || last.state === "delivered" ? null : last;
}

/** What the page of notifications opens with. */
export function notificationSentence(channels: readonly ChannelView[], deliveries: readonly DeliveryView[]): Sentence {
  const enabled = channels.filter(({ isEnabled }) => isEnabled);
  if (enabled.length === 0) {
    const cause = msg`What Cordon finds stands on its pages alone. Next: add a channel, and send a test.`;
    return { state: "unseen", title: msg`Nobody is told yet.`, cause };
  }
  for (const channel of enabled) {
    const failed = failing(channel, deliveries);
    if (failed === null) continue;
    const next =
      failed.state === "given-up"
        ? msg`That message was given up. Next: change the channel and send a test.`
        : msg`It is tried again for a day. Next: look whether the receiver is up, or change the channel.`;
    return {
      state: "silent",
      title: msg`${channel.name} does not get what it should.`,
      cause: `${said(failed.answer ?? "")} ${next}`.trim(),
    };
  }
  return {
    state: "clear",
    title: plural(enabled.length, "{n} channel is told.", "{n} channels are told."),
    cause: msg`One finding is one message; many at once are gathered into one. No containment depends on any of it.`,
  };
}
