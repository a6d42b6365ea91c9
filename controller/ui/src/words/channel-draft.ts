/** A channel as a form holds it: text in every field. */
import type { ChannelView, ChannelWish } from "../../../src/api/notification-view.ts";
import { msg } from "../language/message.ts";

export interface ChannelDraft {
  readonly kind: ChannelView["kind"];
  readonly name: string;
  readonly to: string;
  readonly from: string;
  readonly host: string;
  readonly port: string;
  readonly security: "tls" | "starttls" | "none";
  readonly user: string;
  readonly password: string;
  readonly url: string;
  readonly signingSecret: string;
  readonly server: string;
  readonly topic: string;
  readonly token: string;
  readonly leastSeverity: ChannelView["leastSeverity"];
  /** Null means all. */
  readonly chosenSites: readonly string[] | null;
  readonly hasQuiet: boolean;
  readonly quietFrom: string;
  readonly quietTo: string;
  readonly timeZone: string;
  readonly isEnabled: boolean;
  /** BCP 47 tag. */
  readonly language: string;
  /** Secrets that are to be forgotten. */
  readonly forgotten: readonly string[];
}

/** What a form begins with: the channel without its secrets, or what most people want. */
export function draftOf(channel: ChannelView | null, timeZone: string, language: string): ChannelDraft {
  const blank: ChannelDraft = {
    ...{
      kind: "email",
      name: "",
      to: "",
      from: "",
      host: "",
      port: "587",
      security: "starttls",
      user: "",
      password: "",
    },
    ...{ url: "", signingSecret: "", server: "https://ntfy.sh", topic: "", token: "" },
    ...{ leastSeverity: "warning", chosenSites: null, isEnabled: true, language, forgotten: [] },
    ...{ hasQuiet: false, quietFrom: "22:00", quietTo: "07:00", timeZone },
  };
  if (channel === null) return blank;
  const { name, kind, leastSeverity, sites, quietHours, isEnabled, language: told } = channel;
  return {
    ...{ ...blank, name, kind, leastSeverity, chosenSites: sites, isEnabled, language: told },
    ...(quietHours === null
      ? {}
      : { hasQuiet: true, quietFrom: quietHours.from, quietTo: quietHours.to, timeZone: quietHours.timeZone }),
    ...settingsOf(channel),
  };
}

function settingsOf(channel: ChannelView): Partial<ChannelDraft> {
  switch (channel.kind) {
    case "email": {
      const { host, port, security, user = "", from, to } = channel.settings;
      return { host, port: String(port), security, user, from, to: to.join(", ") };
    }
    case "webhook":
      return {};
    case "ntfy":
      return channel.settings;
  }
}

/** What has to be filled in first, as a button says it; null where nothing is missing. */
export function missingIn(draft: ChannelDraft, channel: ChannelView | null): string | null {
  const isSet = (secret: string): boolean => channel?.secretsSet.includes(secret) === true;
  if (draft.name.trim() === "") return msg`First name it`;
  if (draft.chosenSites?.length === 0) return msg`First choose a site`;
  if (draft.hasQuiet && (draft.quietFrom === "" || draft.quietTo === "")) return msg`First give the hours`;
  switch (draft.kind) {
    case "email":
      if (addressesIn(draft.to).length === 0) return msg`First say to whom`;
      if (draft.from.trim() === "") return msg`First say from whom`;
      if (![...addressesIn(draft.to), draft.from.trim()].every(isAddress)) return msg`First give whole addresses`;
      if (draft.host.trim() === "") return msg`First name the mail server`;
      if (!/^\d{1,5}$/.test(draft.port)) return msg`First give the port`;
      return draft.user.trim() !== "" && draft.password === "" && !isSet("password")
        ? msg`First give the password`
        : null;
    case "webhook":
      if (draft.url.trim() === "" && !isSet("url")) return msg`First give the address`;
      return draft.signingSecret !== "" && draft.signingSecret.length < 16 ? msg`First give a longer secret` : null;
    case "ntfy":
      if (!/^https?:\/\/[^\s/?#@]+\/*$/.test(draft.server.trim())) return msg`First give the server as https://…`;
      return /^[A-Za-z0-9_-]{1,64}$/.test(draft.topic.trim()) ? null : msg`First name the topic`;
  }
}

/** What is asked of the API; secrets that were left empty stay as they are. */
export function wishOf(draft: ChannelDraft, channel: ChannelView | null): ChannelWish {
  const { kind, leastSeverity, isEnabled, language, hasQuiet, quietFrom, quietTo, chosenSites } = draft;
  const common = {
    ...{
      name: draft.name.trim(),
      leastSeverity,
      isEnabled,
      language,
      sites: chosenSites === null ? null : [...chosenSites],
    },
    quietHours: hasQuiet ? { from: quietFrom, to: quietTo, timeZone: draft.timeZone.trim() } : null,
  };
  switch (kind) {
    case "email": {
      const user = draft.user.trim();
      // Without a user there is nobody whose password it was.
      const none = user === "" && channel !== null ? { password: null } : {};
      return {
        ...{ ...common, kind },
        settings: {
          ...{ host: draft.host.trim(), port: Number(draft.port), security: draft.security },
          ...{ from: draft.from.trim(), to: addressesIn(draft.to), ...(user === "" ? {} : { user }) },
        },
        secrets: draft.password === "" ? none : { password: draft.password },
      };
    }
    case "webhook": {
      const url = draft.url.trim();
      return {
        ...{ ...common, kind, settings: {} },
        secrets: {
          ...(url === "" ? {} : { url }),
          ...secretOf("signingSecret", draft.signingSecret, draft),
        },
      };
    }
    case "ntfy":
      return {
        ...{ ...common, kind },
        settings: { server: draft.server.trim().replace(/\/+$/, ""), topic: draft.topic.trim() },
        secrets: secretOf("token", draft.token.trim(), draft),
      };
  }
}

function secretOf(name: string, value: string, { forgotten }: ChannelDraft): Record<string, string | null> {
  if (value !== "") return { [name]: value };
  return forgotten.includes(name) ? { [name]: null } : {};
}

function isAddress(text: string): boolean {
  return /^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}$/.test(text);
}

function addressesIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((address) => address !== "");
}
