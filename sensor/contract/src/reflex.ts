import { Type, type Static } from "typebox";
import { Mac } from "./words.ts";

/**
 * The reflex: for every host, without anybody's wish, the kernel counts new targets on the ways that
 * worms spread, and what goes beyond a budget.
 */

/** What becomes of a new target beyond the budget: `dry` counts it and lets it pass, `enforce` stops it. */
export const ReflexMode = Type.Union([Type.Literal("dry"), Type.Literal("enforce")]);
export type ReflexMode = Static<typeof ReflexMode>;

/** How many new targets a host has before the reflex; see {@link reflexBudgets}. */
export const ReflexBudget = Type.Union([Type.Literal("tight"), Type.Literal("usual"), Type.Literal("wide")]);
export type ReflexBudget = Static<typeof ReflexBudget>;

/**
 * New targets on the ways worms spread: in a burst, then a second, and how many may be unanswered within a
 * minute. Fewer misses stop a slow worm sooner, and sooner a host whose servers are gone; null counts none.
 */
export const reflexBudgets = {
  tight: { perSecond: 1, burst: 10, misses: 2 },
  usual: { perSecond: 5, burst: 30, misses: 4 },
  wide: { perSecond: 50, burst: 200, misses: null },
} as const satisfies Readonly<Record<ReflexBudget, object>>;

/** Whoever went beyond the budget has no new target until it has tried none for so long. */
export const reflexHoldMs = 60_000;

/** TCP and UDP ports by which worms spread; pings count as well. A target on another port is no business of the reflex. */
export const reflexTcpPorts: readonly number[] = [23, 25, 135, 139, 445, 1433, 2323, 3389];
export const reflexUdpPorts: readonly number[] = [1434];

/** New targets of a host that is throttled, for each port where it is throttled by ports. */
export const throttleLimit = { perSecond: 1, burst: 10 } as const;

/** How many machines unheard of one may ask for by ARP, and by neighbour discovery, whose `arp` is shut. */
export const sweepLimit = { perMinute: 6, burst: 5 } as const;

/** What holds for one host instead; `unlimited` is neither counted nor stopped. */
const HostReflex = Type.Object({
  host: Mac,
  mode: ReflexMode,
  budget: Type.Union([ReflexBudget, Type.Literal("unlimited")]),
});

/** How the reflex is to be set for a site. */
export const ReflexWish = Type.Object({
  mode: ReflexMode,
  budget: ReflexBudget,
  hosts: Type.Array(HostReflex, { maxItems: 256 }),
});
export type ReflexWish = Static<typeof ReflexWish>;

/** What holds for a site that wishes for nothing. */
export const defaultReflex: ReflexWish = { mode: "dry", budget: "usual", hosts: [] };

const Packets = Type.Integer({ minimum: 0 });

/** What the reflex does, as measured in the kernel. */
export const ReportedReflex = Type.Object({
  /** What the kernel holds for the site; null where that is not known, or where there is no reflex. */
  mode: Type.Union([ReflexMode, Type.Null()]),
  budget: ReflexBudget,
  /** Packets to new targets beyond the budget since the ruleset was loaded: let pass in dry run, and stopped. */
  passed: Packets,
  stopped: Packets,
  /** The same by host, within the last day; those with the most where there are more. */
  hosts: Type.Array(Type.Object({ host: Mac, passed: Packets, stopped: Packets }), { maxItems: 256 }),
  /** What the kernel holds for single hosts. Absent from a sensor that does not say. */
  rules: Type.Optional(Type.Array(HostReflex, { maxItems: 256 })),
  /** Why it is not as wished, for a person; null where it is, or is only on its way. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
});
export type ReportedReflex = Static<typeof ReportedReflex>;
