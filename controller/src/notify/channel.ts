/** What a notification channel is: where it leads, what goes there, and which of it is secret. */
import { Type, type Static } from "typebox";

/** How bad a finding is, and from which on a channel is told. */
export const Severity = Type.Union([Type.Literal("info"), Type.Literal("warning"), Type.Literal("critical")]);
export type Severity = Static<typeof Severity>;

const ranks: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** Whether the first is at least as bad as the second. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return ranks[severity] >= ranks[least];
}

/** The worst of some; `info` where there are none. */
export function worstOf(severities: readonly Severity[]): Severity {
  return severities.reduce((worst, each) => (isAtLeast(each, worst) ? each : worst), "info" as Severity);
}

const dayTime = Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" });

/** Hours of every day in which a channel is let rest, by the clock of a place; `from` later than `to` crosses midnight. */
export const QuietHours = Type.Object({
  from: dayTime,
  to: dayTime,
  /** IANA name. */
  timeZone: Type.String({ minLength: 1, maxLength: 64 }),
});
export type QuietHours = Static<typeof QuietHours>;

const mailAddress = Type.String({ pattern: '^[^\\s@<>,;"]{1,64}@[^\\s@<>,;"]{1,190}$' });

export const EmailSettings = Type.Object({
  host: Type.String({ pattern: "^[A-Za-z0-9._:-]{1,253}$" }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** `tls` from the first byte (465), `starttls` and never without (587), or `none`. */
  security: Type.Union([Type.Literal("tls"), Type.Literal("starttls"), Type.Literal("none")]),
  /** Absent signs in nowhere. */
  user: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  from: mailAddress,
  to: Type.Array(mailAddress, { minItems: 1, maxItems: 20 }),
});
export type EmailSettings = Static<typeof EmailSettings>;

/** Where a webhook goes is a secret as a whole: services put their token into the address. */
export const WebhookSettings = Type.Object({});

export const NtfySettings = Type.Object({
  /** Of the server, without the topic. */
  server: Type.String({ pattern: "^https?://[^\\s/?#@]+$", maxLength: 300 }),
  topic: Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" }),
});
export type NtfySettings = Static<typeof NtfySettings>;

const secret = (maxLength: number, minLength = 1) =>
  Type.Optional(Type.Union([Type.String({ minLength, maxLength }), Type.Null()]));

const target = {
  email: { kind: Type.Literal("email"), settings: EmailSettings },
  webhook: { kind: Type.Literal("webhook"), settings: WebhookSettings },
  ntfy: { kind: Type.Literal("ntfy"), settings: NtfySettings },
};

/**
 * What can be set and never read again. Left out, what is there stays, unless the channel now leads elsewhere; null takes
 * it away.
 */
const secrets = {
  email: Type.Object({ password: secret(1024) }),
  webhook: Type.Object({
    url: secret(2000),
    /** Signs what is sent: as in Standard Webhooks, base64 behind `whsec_`, else the bytes of the text. */
    signingSecret: secret(256, 16),
  }),
  ntfy: Type.Object({ token: secret(256) }),
};

const common = {
  name: Type.String({ minLength: 1, maxLength: 80 }),
  leastSeverity: Severity,
  quietHours: Type.Union([QuietHours, Type.Null()]),
  /** Ids; null means all, those to come included. */
  sites: Type.Union([Type.Array(Type.String({ maxLength: 128 }), { maxItems: 2000 }), Type.Null()]),
  isEnabled: Type.Boolean(),
  /** BCP 47 tag of the language that it is told in; one that is not there is English. Absent leaves it as it is. */
  language: Type.Optional(Type.String({ pattern: "^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", maxLength: 35 })),
};

/** What a person sets. */
export const ChannelWish = Type.Union([
  Type.Object({ ...common, ...target.email, secrets: secrets.email }),
  Type.Object({ ...common, ...target.webhook, secrets: secrets.webhook }),
  Type.Object({ ...common, ...target.ntfy, secrets: secrets.ntfy }),
]);
export type ChannelWish = Static<typeof ChannelWish>;

/** A channel as it is kept. */
export interface ChannelBase {
  readonly id: string;
  readonly name: string;
  readonly leastSeverity: Severity;
  readonly quietHours: QuietHours | null;
  readonly sites: readonly string[] | null;
  readonly isEnabled: boolean;
  /** BCP 47 tag. */
  readonly language: string;
  readonly createdAt: number;
}
export type EmailChannel = ChannelBase & {
  readonly kind: "email";
  readonly settings: EmailSettings;
  readonly secrets: { readonly password?: string };
};
export type WebhookChannel = ChannelBase & {
  readonly kind: "webhook";
  readonly settings: Readonly<Record<string, never>>;
  readonly secrets: { readonly url?: string; readonly signingSecret?: string };
};
export type NtfyChannel = ChannelBase & {
  readonly kind: "ntfy";
  readonly settings: NtfySettings;
  readonly secrets: { readonly token?: string };
};
export type Channel = EmailChannel | WebhookChannel | NtfyChannel;

/** Whether a finding of that severity at that site goes to it. */
export function takes(channel: Channel, finding: { readonly severity: Severity; readonly siteId: string }): boolean {
  if (!channel.isEnabled || !isAtLeast(finding.severity, channel.leastSeverity)) return false;
  return channel.sites === null || channel.sites.includes(finding.siteId);
}

/** Where it leads, for people's eyes and without any secret. */
export function targetText(channel: Pick<Channel, "kind" | "settings" | "secrets">): string {
  const { kind, settings, secrets: kept } = channel as Channel;
  switch (kind) {
    case "email":
      return settings.to.join(", ");
    case "webhook":
      return originOf(kept.url);
    case "ntfy":
      return `${settings.server}/${settings.topic}`;
  }
}

function originOf(url: string | undefined): string {
  try {
    return new URL(url ?? "").origin;
  } catch {
    return "nowhere yet";
  }
}

/** Takes every secret of a channel out of a text that a receiver or a library made. */
export function withoutSecrets(text: string, channel: Pick<Channel, "secrets">): string {
  let clean = text;
  for (const value of Object.values(channel.secrets) as (string | undefined)[]) {
    if (value === undefined || value === "") continue;
    for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString("base64")]) {
      clean = clean.replaceAll(form, "•••");
    }
    // Of an address with a token in it, also what comes after the host.
    const path = value.replace(/^https?:\/\/[^/]*/, "");
    if (path !== value && path.length > 1) clean = clean.replaceAll(path, "/•••");
  }
  return clean;
}
