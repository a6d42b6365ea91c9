import type { ChannelView, DeliveryView } from "../../../src/api/notification-view.ts";
import { capital } from "./host.ts";
import { counted } from "./number.ts";
import type { Sentence } from "./sentence.ts";
import type { TimeWords } from "./time.ts";

export const kindWords: Readonly<Record<ChannelView["kind"], string>> = {
  email: "E-mail",
  webhook: "Webhook",
  ntfy: "ntfy",
};

/** What is told from a severity on. */
export const severityWords: Readonly<Record<ChannelView["leastSeverity"], string>> = {
  critical: "Infected machines, cuts that a box refused, boxes in trouble",
  warning: "As critical, and suspects, silent boxes, lines that are dead or walled",
  info: "As warnings, and what came into force",
};

/** What goes to a channel, and when not. */
export function termsWords(channel: ChannelView, siteNames: ReadonlyMap<string, string>): string {
  if (!channel.isEnabled) return "Switched off: nothing goes there.";
  const what = { critical: "Critical findings", warning: "Critical findings and warnings", info: "All findings" };
  const { sites, quietHours } = channel;
  const where =
    sites === null
      ? "of all sites"
      : sites.length === 0
        ? "of no site"
        : `of ${sites.map((id) => siteNames.get(id) ?? id).join(", ")}`;
  const quiet =
    quietHours === null
      ? ""
      : `; from ${quietHours.from} to ${quietHours.to} (${quietHours.timeZone}) only an infected machine that nothing holds`;
  return `${what[channel.leastSeverity]} ${where}${quiet}.`;
}

/** What waits for a channel and why; empty where nothing does. */
export function waitingWords({ waiting, isQuiet, isEnabled }: ChannelView): string {
  if (waiting === 0 || !isEnabled) return "";
  return `${capital(counted(waiting, "finding"))} ${waiting === 1 ? "waits" : "wait"}${isQuiet ? " for the quiet hours to end" : " to be told"}.`;
}

const stateWords: Readonly<Record<DeliveryView["state"], string>> = {
  waiting: "Waiting",
  delivered: "Delivered",
  "given-up": "Given up",
};

/** What became of a message, with what the receiver said where that is of use. */
export function deliveryWords(delivery: DeliveryView, time: TimeWords, now: number): string {
  const { state, tries, answer, dueAt, isTest } = delivery;
  if (state === "delivered") return tries > 1 ? `Delivered at try ${tries}.` : "Delivered.";
  if (state === "waiting" && tries === 0) return "On its way.";
  const said = answer === null ? "" : ` ${answer}`;
  if (state === "waiting") return `${counted(tries, "try", "tries")}, again at ${time.moment(dueAt, now)}.${said}`;
  return isTest ? `The test failed.${said}` : `${stateWords[state]} after ${counted(tries, "try", "tries")}.${said}`;
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
    const cause = "What Cordon finds stands on its pages alone. Next: add a channel, and send a test.";
    return { state: "unseen", title: "Nobody is told yet.", cause };
  }
  for (const channel of enabled) {
    const failed = failing(channel, deliveries);
    if (failed === null) continue;
    const next =
      failed.state === "given-up"
        ? "That message was given up. Next: change the channel and send a test."
        : "It is tried again for a day. Next: look whether the receiver is up, or change the channel.";
    return {
      state: "silent",
      title: `${channel.name} does not get what it should.`,
      cause: `${failed.answer ?? ""} ${next}`.trim(),
    };
  }
  return {
    state: "clear",
    title: `${capital(counted(enabled.length, "channel"))} ${enabled.length === 1 ? "is" : "are"} told.`,
    cause: "One finding is one message; many at once are gathered into one. No containment depends on any of it.",
  };
}
