import { Type, type Static } from "typebox";

/** What the ledger says of a host, from harmless to proven. */
export const Verdict = Type.Union([
  Type.Literal("clear"),
  Type.Literal("watched"),
  Type.Literal("suspect"),
  Type.Literal("infected"),
]);
export type Verdict = Static<typeof Verdict>;

/** What kind of trouble a host makes. */
export const HostClass = Type.Union([Type.Literal("mass-mailer"), Type.Literal("scanner")]);
export type HostClass = Static<typeof HostClass>;

/** The way a threat spreads, named after the service whose ports it uses. */
export const Vector = Type.Union([
  Type.Literal("mail"),
  Type.Literal("smb"),
  Type.Literal("telnet"),
  Type.Literal("rdp"),
  Type.Literal("ssh"),
  Type.Literal("sql"),
  Type.Literal("web"),
  Type.Literal("other"),
]);
export type Vector = Static<typeof Vector>;

/**
 * Ways of looking for machines that go by no port: echo requests of both families (`ping`), and questions for
 * neighbours by ARP and neighbour discovery (`arp`). Apart from {@link Vector}, which whoever knows none of these also reads.
 */
export const Sweep = Type.Union([Type.Literal("ping"), Type.Literal("arp")]);
export type Sweep = Static<typeof Sweep>;

export const sweeps: readonly Sweep[] = ["ping", "arp"];

/** Whether what is to be shut goes by no port. */
export function isSweep(vector: Vector | Sweep | null): vector is Sweep {
  return vector === "ping" || vector === "arp";
}

/** Verdict times role: how much it matters. */
export const Risk = Type.Union([Type.Literal("low"), Type.Literal("medium"), Type.Literal("high")]);
export type Risk = Static<typeof Risk>;

/**
 * Where the box stands: `lan` router↔switch, `wan` modem↔router, `gateway` it routes itself,
 * `mirror` it only listens.
 */
export const Placement = Type.Union([
  Type.Literal("lan"),
  Type.Literal("wan"),
  Type.Literal("gateway"),
  Type.Literal("mirror"),
]);
export type Placement = Static<typeof Placement>;

/** What the box may do by itself: nothing, slow or block a vector, or quarantine when decisive. */
export const Policy = Type.Union([Type.Literal("observe"), Type.Literal("guard"), Type.Literal("contain")]);
export type Policy = Static<typeof Policy>;

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export const Time = Type.Number({ minimum: 0 });

/** A hardware address in lower case with colons. */
export const Mac = Type.String({ pattern: "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$" });

/** Names one life of a sensor's judging process; sequences count from 1 within it. */
export const BootId = Type.String({ minLength: 8, maxLength: 64 });
