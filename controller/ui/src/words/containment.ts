import {
  honestLevel,
  isSweep,
  levelSentence,
  sweepLimit,
  vectorPorts,
  vectorUdpPorts,
  type Placement,
  type Sweep,
  type Vector,
} from "@cordon/contract";
import type { ContainmentView, ContainmentWish, HostView, SensorView } from "../../../src/api/view.ts";
import { capital, vectorWords } from "./host.ts";
import { portsInWords } from "./ports.ts";
import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";

/** Where a containment stands, as far as the box has said. */
export type Standing =
  /** Asked for; the box has not confirmed. */
  | "asked"
  | "in-force"
  /** Still in force, its end is asked for. */
  | "releasing"
  | "refused"
  /** The box answered that nothing is stopped. */
  | "not-stopped"
  | "simulated"
  /** It was in force when the box was last heard. */
  | "stale";

type Box = Pick<SensorView, "state">;

/** The standing of one containment; accent colours wait for `in-force`. */
export function standingOf(containment: ContainmentView, box: Box): Standing {
  if (containment.refusal !== null) return "refused";
  if (containment.level === "simulated") return "simulated";
  if (box.state !== "online") return containment.inForceSince === null ? "asked" : "stale";
  if (containment.inForceSince !== null && containment.level !== "unconfirmed" && containment.level !== "none") {
    return containment.releasing ? "releasing" : "in-force";
  }
  if (containment.level === "none" && containment.reportedAt !== null) return "not-stopped";
  return "asked";
}

/** The containment of one kind on a host, or null. A refused one is returned too: it must be seen. */
export function containmentOf(
  host: Pick<HostView, "containments">,
  kind: ContainmentView["kind"],
  vector: Vector | Sweep | null = null,
): ContainmentView | null {
  return host.containments.find((c) => c.kind === kind && (kind === "quarantine" || c.vector === vector)) ?? null;
}

/** Whether nobody has asked for a cut yet. One that the box refused stands until it is taken back. */
export function needsCut(host: Pick<HostView, "containments">): boolean {
  return containmentOf(host, "quarantine") === null;
}

/** Whether a cut was asked for and the box said that it does not hold. */
export function cutFailed(host: Pick<HostView, "containments">, box: Box): boolean {
  const cut = containmentOf(host, "quarantine");
  const standing = cut === null ? null : standingOf(cut, box);
  return standing === "refused" || standing === "not-stopped";
}

/** A cut at this placement would stop nothing for one host, so it is not offered. */
export function canCut(box: Pick<SensorView, "placement" | "state">): boolean {
  return (
    box.placement !== null &&
    honestLevel({
      wish: { kind: "quarantine", vector: null },
      placement: box.placement,
      enforcement: "in-force",
    }) !== "none"
  );
}

/** The state of a machine's line: glyph, words, and whether the box stands behind it (accent). */
interface LineWords {
  readonly glyph: "carry" | "slow" | "vec" | "cut" | "asked" | "hand";
  readonly text: string;
  readonly tone: "service" | "on" | "asked";
}

const inService = { glyph: "carry", tone: "service" } as const;

/** What one host's line looks like: the strongest containment that the box confirms, else what was asked. */
export function lineOf(
  host: Pick<HostView, "containments" | "cutWith"> & Partial<Pick<HostView, "verdict">>,
  box: Box & Partial<Pick<SensorView, "placement">>,
): LineWords {
  const cutFirst = host.containments.toSorted(
    (a, b) => kindsByStrength.indexOf(a.kind) - kindsByStrength.indexOf(b.kind),
  );
  const own = cutFirst.map((c) => lineOfContainment(c, box));
  const shared = host.cutWith === null ? [] : [lineOfMany(host.cutWith, box)];
  // A cut of its own outlasts what it shares with others; anything milder is less than that.
  const isOwnCut = containmentOf(host, "quarantine") !== null && own[0]?.tone === "on";
  const lines = isOwnCut ? own : [...shared, ...own];
  const { state, placement = null } = box;
  // From where the box stands only a person can cut it.
  const isByHand = host.verdict === "infected" && placement !== null && !canCut({ state, placement });
  const idle: LineWords = isByHand
    ? { glyph: "hand", text: msg`To be unplugged by hand`, tone: "service" }
    : { ...inService, text: msg`In service` };
  return lines.find((line) => line.tone === "on") ?? lines.find((line) => line.tone === "asked") ?? lines[0] ?? idle;
}

/** The line of a machine that is cut off together with others. */
function lineOfMany(by: NonNullable<HostView["cutWith"]>, box: Box): LineWords {
  const text = by === "line" ? msg`The line is cut` : msg`Area cut off`;
  return box.state === "online"
    ? { glyph: "cut", text, tone: "on" }
    : { glyph: "cut", text: msg`${text} when last heard`, tone: "asked" };
}

const glyphsByKind = { throttle: "slow", vector: "vec", quarantine: "cut" } as const;

// What a line shows first.
const kindsByStrength = ["quarantine", "vector", "throttle"];

/** What holds for one machine, as a name. */
export function deedOf({ kind, vector }: Pick<ContainmentView, "kind" | "vector">): string {
  if (kind === "quarantine") return msg`Cut off // a state`;
  if (kind === "vector") {
    const what = capital(vectorWords[vector ?? "other"]);
    return stoppedWord(vector) === "limited" ? msg`${what} limited` : msg`${what} stopped`;
  }
  return vector === null ? msg`Slowed down` : msg`${capital(vectorWords[vector])} slowed down`;
}

function lineOfContainment(containment: ContainmentView, box: Box): LineWords {
  const name = deedOf(containment);
  const glyph = glyphsByKind[containment.kind];
  switch (standingOf(containment, box)) {
    case "in-force":
      return { glyph, text: name, tone: "on" };
    case "releasing":
      return { glyph, text: msg`${name}; release asked`, tone: "on" };
    case "stale":
      return { glyph, text: msg`${name} when last heard`, tone: "asked" };
    case "simulated":
      return { glyph: "asked", text: msg`Simulated only`, tone: "asked" };
    case "asked":
      return { glyph: "asked", text: msg`Asked, not confirmed`, tone: "asked" };
    case "refused":
      return { ...inService, text: msg`In service; refused` };
    case "not-stopped":
      return { ...inService, text: msg`In service; not stopped` };
  }
}

/** What the box would reach with this wish, in words; the box later reports what it did reach. */
export function expectedLevel(
  wish: Pick<ContainmentWish, "kind" | "vector">,
  placement: Placement,
  canContain: boolean,
): string {
  return said(
    levelSentence({
      wish: { kind: wish.kind, vector: wish.vector ?? null },
      placement,
      enforcement: canContain ? "in-force" : "simulated",
    }),
  );
}

/** What a block of a vector makes of it. */
export function stoppedWord(vector: Vector | Sweep | null): "stopped" | "limited" {
  return vector === "arp" ? "limited" : "stopped";
}

/** "tcp 25, 465, 587", or what stands for a vector that has no ports. */
export function portWords(vector: Vector | Sweep): string {
  if (isSweep(vector)) return sweepWords(vector);
  return portsInWords({ tcp: vectorPorts[vector], udp: vectorUdpPorts[vector] });
}

function sweepWords(sweep: Sweep): string {
  if (sweep === "ping") return msg`echo requests`;
  return msg`at most ${sweepLimit.burst} machines unheard of, then ${sweepLimit.perMinute} a minute, by ARP or neighbour discovery`;
}

/** What else holds a machine beside that containment, and is to go on. */
export function besides({ containments }: Pick<HostView, "containments">, id: string): readonly ContainmentView[] {
  return containments.filter((other) => other.id !== id && !other.releasing && other.refusal === null);
}
