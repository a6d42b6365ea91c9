import type { Placement } from "@cordon/contract";
import type { LineFacts, PortFacts } from "./line-traffic.ts";

/** Something wrong with how the box is put into the line. */
export interface LineFault {
  readonly kind: "ports-swapped" | "side-dead" | "loop" | "not-mirrored" | "one-direction";
  /** A sentence or two: what is seen, and what a person can do. */
  readonly text: string;
}

/** Where the box seems to stand. */
export interface PlacementFinding {
  /** Null: what was seen does not tell. */
  readonly kind: Placement | null;
  /** Sentences, each once, that change only where something else is seen. */
  readonly reasons: readonly string[];
  /** Sentences: what cannot be seen from here, as far as traffic shows it. */
  readonly blindSpots: readonly string[];
  readonly faults: readonly LineFault[];
}

/** By port: whether its cable leads anywhere; null where that is not known. */
export interface PortLinks {
  readonly inside: boolean | null;
  readonly outside: boolean | null;
}

const noLinks: PortLinks = { inside: null, outside: null };

// One machine may be a router that translates; two are not.
const leastAskers = 2;
// A forged answer or two is no Internet.
const leastAnswerers = 3;
const leastTargets = 5;
// A router that translates has one address, or one more while it changes.
const mostPublicAskers = 2;
// What speaks for the contrary may be forged by one machine, but is then rare.
const outweighs = 4;
const leastOnBothSides = 3;
const deadMs = 60_000;

type SideName = "inside" | "outside";

/** Says from what was seen where the box stands, and what is wrong with that. */
export function findPlacement(facts: LineFacts, links: PortLinks = noLinks): PlacementFinding {
  const found = kindOf(facts);
  const loop = loopOf(facts);
  // In a loop everything comes by both ports; directions mean nothing then.
  const swapped = loop === null && found.isSwapped ? [swappedFault(found.kind)] : [];
  const dead = found.kind === "mirror" ? [] : deadSides(facts, links);
  return {
    kind: loop === null ? found.kind : null,
    reasons: [
      ...(loop === null ? found.reasons : ["Frames come back by the other port, so nobody can tell what is where."]),
      ...tableReasons(facts),
    ],
    blindSpots: blindSpotsOf(facts),
    faults: [...(loop === null ? [] : [loop]), ...swapped, ...dead],
  };
}

interface Found {
  readonly kind: Placement | null;
  readonly isSwapped: boolean;
  readonly reasons: readonly string[];
}

function kindOf(facts: LineFacts): Found {
  const { inside, outside } = facts;
  const not = (kind: Placement | null, ...reasons: string[]): Found => ({ kind, isSwapped: false, reasons });
  if (facts.routedByBox > 0) {
    return not(
      "gateway",
      "Machines give the box what is for the Internet: it is their router, and translates for them.",
    );
  }
  for (const [side, here, there] of [
    ["inside", inside, outside],
    ["outside", outside, inside],
  ] as const) {
    const isBoth = here.askers > 0 && here.answerers >= leastAnswerers;
    if (isBoth && there.askers === 0 && there.answerers === 0) {
      return not(
        "mirror",
        `Questions and their answers both come in by the ${side} port: it receives copies of a line.`,
      );
    }
  }
  const straight = inside.askers + outside.answerers;
  const crossed = outside.askers + inside.answerers;
  if (isLine(inside, outside) && straight >= outweighs * crossed) return { ...lan("inside", inside), isSwapped: false };
  if (isLine(outside, inside) && crossed >= outweighs * straight)
    return { ...lan("outside", outside), isSwapped: true };
  const isPlain = straight + crossed === 0;
  const asksIn = isRouter(inside);
  const asksOut = isRouter(outside);
  if (isPlain && asksIn !== asksOut) return { ...wan(asksIn ? "inside" : "outside", facts), isSwapped: asksOut };
  if (facts.hasPppoe) return not("wan", "The line carries PPPoE sessions: a router dials through the box.");
  if (straight + crossed > 0) {
    return not(
      null,
      "Addresses of the site and of the Internet come by ports in a way that no placement explains yet.",
    );
  }
  if (facts.hasUnsided && !hasAny(inside) && !hasAny(outside)) {
    return not(null, "The capture does not say by which port its frames came.");
  }
  return not(null, "Too little has been seen to tell where the box stands.");
}

/** Whether machines of the site ask by the first port and the Internet answers by the second. */
function isLine(machines: PortFacts, provider: PortFacts): boolean {
  return machines.askers > 0 && provider.answerers >= leastAnswerers;
}

function isRouter(port: PortFacts): boolean {
  return port.publicAskers > 0 && port.publicAskers <= mostPublicAskers && port.publicTargets >= leastTargets;
}

function hasAny(port: PortFacts): boolean {
  return port.hasUnicast || port.hasGroup;
}

function lan(side: SideName, port: PortFacts): Omit<Found, "isSwapped"> {
  const other = side === "inside" ? "outside" : "inside";
  const answers = `The Internet answers by the ${other} port.`;
  if (port.askers < leastAskers && port.forwarders > 0) {
    return {
      kind: "wan",
      reasons: [
        `All that is asked by the ${side} port comes from one machine that passes on what others send: a router stands behind it.`,
        `${answers} Its addresses are translated once more there.`,
      ],
    };
  }
  if (port.askers < leastAskers) {
    return {
      kind: null,
      reasons: [`One machine alone asks by the ${side} port: it may be a router with others behind it.`, answers],
    };
  }
  return {
    kind: "lan",
    reasons: [
      `Several machines ask for the Internet by the ${side} port, with addresses of the site.`,
      answers,
      `So addresses are translated, if at all, beyond the ${other} port.`,
    ],
  };
}

function wan(side: SideName, facts: LineFacts): Omit<Found, "isSwapped"> {
  return {
    kind: "wan",
    reasons: [
      `All that is asked by the ${side} port comes from one address that is none of the site's: a router translates behind it.`,
      ...(facts.hasPppoe ? ["The line carries PPPoE sessions: a router dials through the box."] : []),
    ],
  };
}

function swappedFault(kind: Placement | null): LineFault {
  const seen =
    kind === "wan"
      ? "the router asks by the outside port"
      : "machines of the site ask by the outside port and the Internet answers by the inside port";
  return {
    kind: "ports-swapped",
    text: `The ports look swapped: ${seen}. By hand: change the two cables over.`,
  };
}

function loopOf(facts: LineFacts): LineFault | null {
  const seen = facts.hasLoopedFrames
    ? "frames come again after they were carried both ways, and are stopped then"
    : facts.hasOwnFrames
      ? "frames of the box itself come back to it"
      : facts.onBothSides >= leastOnBothSides
        ? "the same machines send by both ports"
        : null;
  if (seen === null) return null;
  return {
    kind: "loop",
    text: `The line forms a loop: ${seen}. By hand: look whether both ports lead to one switch, and unplug one.`,
  };
}

function deadSides(facts: LineFacts, links: PortLinks): LineFault[] {
  const { inside, outside } = facts;
  // Two cables out are a box that nobody has put into a line yet.
  if (links.inside === false && links.outside === false) {
    return [{ kind: "side-dead", text: "Both sides of the line are dead: neither port has a link." }];
  }
  for (const side of ["inside", "outside"] as const) {
    if (links[side] !== false) continue;
    const text = `One side of the line is dead: the ${side} port has no link. By hand: look at its cable and at what it leads to.`;
    return [{ kind: "side-dead", text }];
  }
  // The bridge sees more than is handed up, and remembers a machine for five minutes.
  if (outside.silentMs >= deadMs && (outside.tableMachines ?? 0) === 0) {
    return [
      {
        kind: "side-dead",
        text: "One side of the line is dead: machines ask, and nothing comes by the outside port. By hand: look at the router.",
      },
    ];
  }
  if (inside.silentMs >= deadMs && (inside.tableMachines ?? 0) === 0) {
    return [
      {
        kind: "side-dead",
        text: "One side of the line is dead: machines are called, and nothing comes by the inside port. By hand: look at the switch.",
      },
    ];
  }
  return [];
}

function tableReasons({ inside, outside }: LineFacts): string[] {
  if (inside.tableMachines === null || outside.tableMachines === null) return [];
  return [
    `The bridge knows ${howMany(inside.tableMachines)} by the inside port and ${howMany(outside.tableMachines)} by the outside port.`,
  ];
}

/** In words that do not change with every machine that comes and goes. */
function howMany(machines: number): string {
  return machines === 0 ? "no machine" : machines === 1 ? "one machine" : "several machines";
}

function blindSpotsOf(facts: LineFacts): string[] {
  const { inside, outside } = facts;
  const hasUnicast = inside.hasUnicast || outside.hasUnicast;
  if (hasUnicast || (!inside.hasGroup && !outside.hasGroup)) return [];
  return ["Everything that is not sent to all: an ordinary switch port gives no more than that away."];
}
