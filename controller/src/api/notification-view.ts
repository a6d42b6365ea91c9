/** What the API shows of notifications. Secrets are set here and shown nowhere. */
import { Time } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { EmailSettings, NtfySettings, QuietHours, Severity, WebhookSettings } from "../notify/channel.ts";

export { ChannelWish } from "../notify/channel.ts";

const shown = {
  id: Type.String(),
  name: Type.String(),
  leastSeverity: Severity,
  quietHours: Type.Union([QuietHours, Type.Null()]),
  sites: Type.Union([Type.Array(Type.String()), Type.Null()]),
  isEnabled: Type.Boolean(),
  /** BCP 47 tag. */
  language: Type.String(),
  createdAt: Time,
  /** Where it leads, without any secret. */
  target: Type.String(),
  /** Which of its secrets are set. */
  secretsSet: Type.Array(Type.String()),
  /** Findings that wait to be told: gathered, or held back by quiet hours or a receiver that is down. */
  waiting: Type.Integer(),
  /** Whether its quiet hours hold now. */
  isQuiet: Type.Boolean(),
};

export const ChannelView = Type.Union([
  Type.Object({ ...shown, kind: Type.Literal("email"), settings: EmailSettings }),
  Type.Object({ ...shown, kind: Type.Literal("webhook"), settings: WebhookSettings }),
  Type.Object({ ...shown, kind: Type.Literal("ntfy"), settings: NtfySettings }),
]);
export type ChannelView = Static<typeof ChannelView>;

export const DeliveryView = Type.Object({
  id: Type.String(),
  channelId: Type.String(),
  severity: Severity,
  title: Type.String(),
  isTest: Type.Boolean(),
  state: Type.Union([Type.Literal("waiting"), Type.Literal("delivered"), Type.Literal("given-up")]),
  tries: Type.Integer(),
  createdAt: Time,
  /** When it is tried next, where it waits. */
  dueAt: Time,
  doneAt: Type.Union([Time, Type.Null()]),
  /** What the receiver said last; null before the first try. */
  answer: Type.Union([Type.String(), Type.Null()]),
});
export type DeliveryView = Static<typeof DeliveryView>;

export const TestOutcome = Type.Object({
  isDelivered: Type.Boolean(),
  /** What the receiver said, in words. */
  answer: Type.String(),
});
export type TestOutcome = Static<typeof TestOutcome>;
