import { Type, type Static } from "typebox";
import { Mac, Time, type Verdict } from "./words.ts";

/**
 * Barriers: one way of spreading shut outward for all hosts of the site or of an area, whoever is infected
 * and whoever is not. Each can run dry first, and then only counts what it would have stopped.
 */

/** What a barrier shuts. Most are named after a service; the last three are no matter of ports alone. */
export const BarrierWay = Type.Union([
  Type.Literal("mail"),
  Type.Literal("smb"),
  Type.Literal("sql"),
  Type.Literal("rdp"),
  Type.Literal("telnet"),
  Type.Literal("ssh"),
  Type.Literal("irc"),
  Type.Literal("web"),
  /** ICMP echo requests. */
  Type.Literal("ping"),
  /** Packets whose source is no address of the site. */
  Type.Literal("spoofed"),
  /** Name questions to anybody but the site's resolvers. */
  Type.Literal("dns"),
]);
export type BarrierWay = Static<typeof BarrierWay>;

/**
 * The ports that each way stands for; empty where it goes by something else. Of mail it is the one between servers
 * alone: handing mail in with a password goes on. Of DNS these are what only the resolvers may be asked on.
 */
export const barrierPorts: Readonly<
  Record<BarrierWay, { readonly tcp: readonly number[]; readonly udp: readonly number[] }>
> = {
  mail: { tcp: [25], udp: [] },
  smb: { tcp: [135, 136, 137, 138, 139, 445], udp: [135, 136, 137, 138, 139, 445] },
  sql: { tcp: [1433], udp: [1434] },
  rdp: { tcp: [3389], udp: [3389] },
  telnet: { tcp: [23, 2323], udp: [] },
  ssh: { tcp: [22, 2222], udp: [] },
  irc: { tcp: [6667], udp: [] },
  web: { tcp: [80, 443, 8080, 8443], udp: [443] },
  ping: { tcp: [], udp: [] },
  spoofed: { tcp: [], udp: [] },
  dns: { tcp: [53, 853], udp: [53, 853] },
};

/** All ways, in the order in which they are shown. */
export const barrierWays = Object.keys(barrierPorts) as readonly BarrierWay[];

/** What becomes of a packet that a barrier is for: `dry` counts it and lets it pass, `enforce` stops it. */
export const BarrierMode = Type.Union([Type.Literal("dry"), Type.Literal("enforce")]);
export type BarrierMode = Static<typeof BarrierMode>;

const Id = Type.String({ minLength: 1, maxLength: 64 });

/** What is told of anything wished for more than one host. */
export const wished = {
  /** Given by the controller, never used again. */
  id: Id,
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  /** Who asked, as the controller knows him. */
  author: Type.String({ minLength: 1, maxLength: 200 }),
  startsAt: Time,
  /** The sensor ends it then by itself; null holds until released. */
  expiresAt: Type.Union([Time, Type.Null()]),
};

/** A way of spreading shut outward. No barrier means that the way is open. */
export const Barrier = Type.Object({
  ...wished,
  way: BarrierWay,
  mode: BarrierMode,
  /** The area it is for; null is the whole site. */
  area: Type.Union([Id, Type.Null()]),
  /**
   * Hosts that it is not for. Those that a person declared mail servers are excepted from `mail` without being named
   * here. A host that is infected is not excepted, whoever asks; see {@link whyNoException}.
   */
  exceptions: Type.Array(Mac, { maxItems: 256 }),
});
export type Barrier = Static<typeof Barrier>;

/**
 * Why a host is no exception from a barrier, for a person; null where it may be one. One place for controller and
 * sensor, so that what a person is told when he asks is what happens.
 */
export function whyNoException(host: { readonly verdict: Verdict }): string | null {
  if (host.verdict !== "infected") return null;
  return "This machine is infected: an exception would open the way to it again. Clear it first, or release the barrier.";
}

/** How far a barrier really reaches. */
export const BarrierLevel = Type.Union([
  /** Nothing is stopped or counted. */
  Type.Literal("none"),
  /** The kernel's answer is not known. */
  Type.Literal("unconfirmed"),
  /** A capture file is being judged; there is no kernel. */
  Type.Literal("simulated"),
  /** What would be stopped is counted, and passes. */
  Type.Literal("counted"),
  /** Stopped where it can be read: not inside PPPoE or double tags. */
  Type.Literal("partly-stopped"),
  /** Stopped on its way to the Internet. */
  Type.Literal("stopped"),
]);
export type BarrierLevel = Static<typeof BarrierLevel>;

const Packets = Type.Integer({ minimum: 0 });

/** What became of one barrier, as measured in the kernel. */
export const ReportedBarrier = Type.Object({
  ...Barrier.properties,
  level: BarrierLevel,
  /** When the kernel was first seen to hold it in this mode; null while it does not. */
  inForceSince: Type.Union([Time, Type.Null()]),
  /** Packets since then: let pass in dry run, and stopped. Two barriers for one way share what one host has tried. */
  passed: Packets,
  stopped: Packets,
  /**
   * Frames since then, of hosts that it is for, that hide their port: on which way they were nobody can tell, so all
   * barriers of ports share them. Absent where it is not by ports, and from a sensor that does not count them.
   */
  hidden: Type.Optional(Type.Object({ passed: Packets, stopped: Packets })),
  /** `passed` and `stopped` by host, within the last day; those with the most where there are more. In `wan` the router stands for all. */
  hosts: Type.Array(Type.Object({ host: Mac, passed: Packets, stopped: Packets }), { maxItems: 64 }),
  /** Exceptions that were asked for and do not hold, with the reason for a person. */
  refusedExceptions: Type.Array(Type.Object({ host: Mac, reason: Type.String({ maxLength: 400 }) }), {
    maxItems: 256,
  }),
  /** Why it is not in force, for a person; null where it is, or is only on its way. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
});
export type ReportedBarrier = Static<typeof ReportedBarrier>;
