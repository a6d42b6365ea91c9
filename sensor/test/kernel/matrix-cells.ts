import type {
  AreaLevel,
  BarrierLevel,
  BarrierWay,
  DesiredDocument,
  Level,
  Placement,
  Reported,
  Sweep,
} from "@cordon/contract";
import { plain, session, tagged, types, type Wrapping } from "./wrapped-frames.ts";

/** The cells of the matrix: what is done about machines, where the box stands, and how frames go there. */

const families = [4, 6] as const;

/** What a machine's own link stands in: below its session, where it has one. */
export const links = {
  plain: (what: Wrapping) => what,
  "802.1Q": (what: Wrapping) => tagged(types.customer, what),
  QinQ: (what: Wrapping) => tagged(types.provider, tagged(types.customer, what)),
  PPPoE: (what: Wrapping) => what,
  "PPPoE in VLAN": (what: Wrapping) => tagged(types.customer, what),
} as const;
export type Encapsulation = keyof typeof links;

export const encapsulations: Readonly<Record<Encapsulation, Wrapping>> = {
  plain: links.plain(plain),
  "802.1Q": links["802.1Q"](plain),
  QinQ: links.QinQ(plain),
  PPPoE: links.PPPoE(session),
  "PPPoE in VLAN": links["PPPoE in VLAN"](session),
};

/** Whether it is a session that frames stand in. */
export function isSession({ encapsulation }: Pick<Variant, "encapsulation">): boolean {
  return encapsulation === "PPPoE" || encapsulation === "PPPoE in VLAN";
}

/** How the frames of one machine go; each way has machines of its own, so that each is counted and limited for itself. */
export interface Variant {
  readonly number: number;
  readonly family: 4 | 6;
  readonly encapsulation: Encapsulation;
  /** The machine that something is done about. */
  readonly contained: string;
  /** Its neighbour on the switch, about which nobody wishes anything. */
  readonly innocent: string;
}

export const variants: readonly Variant[] = families
  .flatMap((family) =>
    (Object.keys(encapsulations) as Encapsulation[]).map((encapsulation) => ({ family, encapsulation })),
  )
  .map((way, number) => ({
    ...way,
    number,
    contained: `02:00:5e:00:01:0${number}`,
    innocent: `02:00:5e:00:02:0${number}`,
  }));

/** What there is not, and why. */
export interface Absence {
  readonly placement: Placement;
  readonly holds: (variant: Pick<Variant, "family" | "encapsulation">) => boolean;
  /** Whether such frames go through all the same: then what is claimed to be stopped has to be stopped in them. */
  readonly isCarried: boolean;
  readonly why: string;
}

export const absences: readonly Absence[] = [
  {
    placement: "gateway",
    holds: ({ family }) => family === 6,
    isCarried: false,
    why: "IPv6 is closed there: neither routed nor answered",
  },
  {
    placement: "gateway",
    holds: ({ encapsulation }) => encapsulation !== "plain",
    isCarried: false,
    why: "the box routes what comes to it plainly, and has no interface for a tag or a session",
  },
  {
    placement: "lan",
    holds: ({ encapsulation }) => encapsulation !== "plain" && encapsulation !== "802.1Q",
    isCarried: true,
    why: "between router and switch nobody ends a session or a provider's tag, so nothing can stand in one; but a machine may send it",
  },
];

export function absenceOf(placement: Placement, variant: Variant): Absence | null {
  return absences.find((absence) => absence.placement === placement && absence.holds(variant)) ?? null;
}

/** The ways of which something is tried. */
export type TriedWay = Extract<BarrierWay, "smb" | "dns" | "spoofed">;

/** The same with what can be shut of single machines alone. */
type RungWay = TriedWay | Sweep;

/** Everything that a rung can come to, as the contract words it. */
export type AnyLevel = Level | BarrierLevel | AreaLevel | "line-cut";

/** One thing that can be done about machines. */
export interface Rung {
  readonly name: string;
  readonly wish: Partial<DesiredDocument>;
  /** What is reported of it for the machine of a variant. */
  readonly levelOf: (reported: Reported, variant: Variant) => AnyLevel | undefined;
  /** What it has to be. */
  readonly levels: Readonly<Record<Placement, AnyLevel>>;
  /** The way it is about; null where it is about all of them. */
  readonly way: RungWay | null;
  /** Whether it is for everybody, so that there is no innocent. */
  readonly isForAll: boolean;
  /** Whether it goes by the number of targets, so that many are tried. */
  readonly countsTargets: boolean;
}

const wished = { reason: "it spreads", author: "operator", startsAt: 0, expiresAt: null } as const;
const idOf = ({ number }: Variant) => `w${number}`;
const areas = variants.map((variant) => ({ id: idOf(variant), name: "floor", hosts: [variant.contained] }));
const nowhereOutsideTheRouter = (level: AnyLevel, atGateway: AnyLevel = level) => ({
  ...({ lan: level, wan: "none", gateway: atGateway, mirror: "none" } as const),
});
const everywhereInThePath = (level: AnyLevel) => ({ lan: level, wan: level, gateway: level, mirror: "none" }) as const;

function ofHost(name: string, kind: "vector" | "quarantine", levels: Rung["levels"]): Rung {
  const vector = kind === "vector" ? ("smb" as const) : null;
  const containments = variants.map((variant) => ({
    ...{ ...wished, id: idOf(variant), kind, host: variant.contained, vector },
  }));
  return {
    ...{ name, levels, way: vector, isForAll: false, countsTargets: false, wish: { containments } },
    levelOf: ({ containments: reported }, variant) => reported.find(({ id }) => id === idOf(variant))?.level,
  };
}

function ofSweep(name: string, vector: Sweep, level: AnyLevel): Rung {
  const sweeps = variants.map((variant) => ({
    ...{ ...wished, id: idOf(variant), kind: "vector" as const, host: variant.contained, vector },
  }));
  return {
    ...{ name, way: vector, isForAll: false, countsTargets: vector === "arp", wish: { sweeps } },
    levels: nowhereOutsideTheRouter(level),
    levelOf: ({ sweeps: reported }, variant) => reported?.find(({ id }) => id === idOf(variant))?.level,
  };
}

function throttle(name: string, vector: "smb" | null): Rung {
  const throttles = variants.map((variant) => ({
    ...{ ...wished, id: idOf(variant), kind: "throttle" as const, host: variant.contained, vector },
  }));
  return {
    ...{
      name,
      way: vector,
      isForAll: false,
      countsTargets: true,
      wish: { throttles },
      levels: nowhereOutsideTheRouter("throttled"),
    },
    levelOf: ({ throttles: reported }, variant) => reported?.find(({ id }) => id === idOf(variant))?.level,
  };
}

function barrier(name: string, way: TriedWay, levels: Rung["levels"], mode: "dry" | "enforce" = "enforce"): Rung {
  // Of the resolvers none is asked.
  const resolvers = ["192.0.2.53", "2001:db8:53::53"];
  const one = { ...wished, id: "b", way, mode, area: null, exceptions: [] };
  return {
    ...{ name, levels, way, isForAll: true, countsTargets: false, wish: { barriers: [one], resolvers } },
    levelOf: ({ barriers }) => barriers?.[0]?.level,
  };
}

function areaCut(name: string, from: "internet" | "neighbours", levels: Rung["levels"]): Rung {
  const areaCuts = areas.map(({ id }) => ({ ...wished, id, area: id, from }));
  return {
    ...{ name, levels, way: null, isForAll: false, countsTargets: false, wish: { areas, areaCuts } },
    levelOf: ({ areaCuts: reported }, variant) => reported?.find(({ id }) => id === idOf(variant))?.level,
  };
}

/** What can be done, least harm first. */
export const rungs: readonly Rung[] = [
  barrier("barrier, dry", "smb", everywhereInThePath("counted"), "dry"),
  throttle("throttle", null),
  throttle("throttle of one way", "smb"),
  ofSweep("vector of ARP", "arp", "throttled"),
  ofSweep("vector of pings", "ping", "vector-stopped"),
  ofHost("vector", "vector", nowhereOutsideTheRouter("vector-stopped")),
  {
    ...{
      name: "barrier of an area",
      way: "smb",
      isForAll: false,
      countsTargets: false,
      levels: nowhereOutsideTheRouter("stopped"),
    },
    wish: {
      areas,
      barriers: areas.map(({ id }) => ({
        ...{ ...wished, id, area: id, way: "smb" as const, mode: "enforce" as const, exceptions: [] },
      })),
    },
    levelOf: ({ barriers }, variant) => barriers?.find(({ id }) => id === idOf(variant))?.level,
  },
  barrier("barrier", "smb", everywhereInThePath("stopped")),
  barrier("barrier of names", "dns", { ...everywhereInThePath("partly-stopped"), gateway: "stopped" }),
  barrier("barrier of forged sources", "spoofed", nowhereOutsideTheRouter("partly-stopped", "stopped")),
  ofHost("quarantine", "quarantine", nowhereOutsideTheRouter("internet-cut", "gateway-cut")),
  areaCut("area", "internet", nowhereOutsideTheRouter("internet-cut")),
  areaCut("area, from its neighbours", "neighbours", {
    ...{ lan: "by-hand", wan: "by-hand", gateway: "by-hand", mirror: "by-hand" },
  }),
  {
    ...{ name: "line", way: null, isForAll: true, countsTargets: false, levels: everywhereInThePath("line-cut") },
    wish: { lineCut: { ...wished, id: "l" } },
    levelOf: ({ lineCut }) => lineCut?.level,
  },
];
