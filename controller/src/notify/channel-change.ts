/** Makes a channel of what a person wishes; refuses what could not work or would give a secret away. */
import { ControllerError } from "../errors.ts";
import type { AddressGuard } from "./address-guard.ts";
import type { Channel, ChannelWish } from "./channel.ts";
import { isTimeZone } from "./quiet-hours.ts";

export interface ChannelFacts {
  readonly id: string;
  readonly now: number;
  /** The channel as it is; null for a new one. */
  readonly before: Channel | null;
  readonly guard: AddressGuard;
}

/** Throws `channel-refused`, `secret-needed`, `address-refused`. */
export function channelOf(wish: ChannelWish, { id, now, before, guard }: ChannelFacts): Channel {
  if (before !== null && before.kind !== wish.kind) throw refused("a channel stays of its kind");
  if (wish.quietHours !== null && !isTimeZone(wish.quietHours.timeZone)) {
    throw refused(`there is no time zone ${wish.quietHours.timeZone}`);
  }
  if (wish.quietHours !== null && wish.quietHours.from === wish.quietHours.to) {
    throw refused("quiet hours have to begin and end at two times");
  }
  const { name, leastSeverity, quietHours, sites, isEnabled, kind, settings } = wish;
  const common = { id, name, leastSeverity, quietHours, sites, isEnabled };
  const channel = {
    ...{ ...common, kind, settings, createdAt: before?.createdAt ?? now },
    language: wish.language ?? before?.language ?? "en",
    secrets: secretsOf(wish, before),
  } as Channel;
  checkTarget(channel, guard);
  return channel;
}

/** Secrets by name: as wished, and else as they were. */
function secretsOf(wish: ChannelWish, before: Channel | null): Record<string, string> {
  const kept = { ...(before?.secrets as Record<string, string> | undefined) };
  const leadsElsewhere = before !== null && whereOf(wish) !== whereOf(before);
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(kept)) {
    const wished = (wish.secrets as Record<string, string | null | undefined>)[name];
    if (wished !== undefined) continue;
    // Else whoever may change a channel could have its secret sent to himself.
    if (leadsElsewhere)
      throw new ControllerError("secret-needed", `it leads elsewhere now: give its ${name} again, or take it away`);
    secrets[name] = value;
  }
  for (const [name, value] of Object.entries(wish.secrets)) if (typeof value === "string") secrets[name] = value;
  return secrets;
}

/** To whom its secrets are said, as a text. */
function whereOf(channel: ChannelWish | Channel): string {
  switch (channel.kind) {
    case "email": {
      const { host, port, security, user } = channel.settings;
      return JSON.stringify([host, port, security, user]);
    }
    case "webhook":
      // What signs is used and not sent, wherever it leads; the address is a secret itself.
      return "";
    case "ntfy":
      return channel.settings.server;
  }
}

function checkTarget(channel: Channel, guard: AddressGuard): void {
  switch (channel.kind) {
    case "email": {
      const { user, security, host } = channel.settings;
      const { password } = channel.secrets;
      if (password !== undefined && user === undefined) throw refused("a password needs a user");
      if (user !== undefined && password === undefined) throw refused("a user needs a password");
      if (password !== undefined && security === "none") throw refused("a password is not sent without TLS");
      guard.check(host);
      return;
    }
    case "webhook":
      if (channel.secrets.url === undefined) throw refused("it was not said where it goes");
      checkUrl(channel.secrets.url, guard);
      return;
    case "ntfy":
      checkUrl(channel.settings.server, guard);
      if (channel.secrets.token !== undefined && !channel.settings.server.startsWith("https:")) {
        throw refused("a token is not sent without TLS");
      }
      if (/[^\x21-\x7e]/.test(channel.secrets.token ?? "")) throw refused("a token has no such characters");
  }
}

function checkUrl(text: string, guard: AddressGuard): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // The text is not repeated: it may hold a secret.
    throw refused("the address is none");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refused("an address begins with https:// or http://");
  if (url.username !== "" || url.password !== "") throw refused("an address has no user and no password in it");
  guard.check(url.hostname.replace(/^\[|\]$/g, ""));
}

function refused(why: string): ControllerError {
  return new ControllerError("channel-refused", why);
}
