import { encapsulationSets } from "./encapsulation-nft.ts";
import type { Counter, KernelTable } from "./kernel-table.ts";
import {
  afterLimitStep,
  elementText,
  knownLimits,
  limitDiff,
  limitEntries,
  mergedLimits,
  noLimits,
  type Limits,
} from "./limit-elements.ts";
import type { Step } from "./protocol.ts";
import { containmentSets, tableName, type Skeleton } from "./skeleton.ts";

/**
 * Which elements the sets are to hold, and the nft text that gets them there. Pure: what is held
 * comes in, text goes out.
 */

/** The elements of cuts, which outlast everything: MACs, and `MAC . port`. */
export interface Cuts {
  readonly macs: ReadonlySet<string>;
  readonly vectors: ReadonlySet<string>;
}

/** The elements of all containments. */
export interface Elements extends Cuts {
  readonly limits: Limits;
}

export const noCuts: Cuts = { macs: new Set(), vectors: new Set() };
export const noElements: Elements = { ...noCuts, limits: noLimits };

/** An element of the set of vectors as nft writes it. */
export function vectorElement(mac: string, port: number): string {
  return `${mac} . ${port}`;
}

/** Both together; where they differ in what they say of one machine, the first counts. */
export function union(a: Elements, b: Elements): Elements {
  return {
    macs: new Set([...a.macs, ...b.macs]),
    vectors: new Set([...a.vectors, ...b.vectors]),
    limits: mergedLimits(a.limits, b.limits),
  };
}

/** What the kernel holds; a MAC that stands in one of the two sets only counts as held, so that no repair releases it. */
export function elementsOf(table: KernelTable | null): Elements {
  if (table === null) return noElements;
  return {
    macs: new Set([...table.quarantineFrom.keys(), ...table.quarantineTo.keys()]),
    vectors: new Set(table.vectorFrom.keys()),
    limits: knownLimits(table.limits),
  };
}

/** The elements after some steps; of two steps on one element the later one counts. */
export function afterSteps(elements: Elements, steps: readonly Step[]): Elements {
  const macs = new Set(elements.macs);
  const vectors = new Set(elements.vectors);
  let { limits } = elements;
  for (const step of steps) {
    switch (step.kind) {
      case "quarantine-add":
        macs.add(step.mac);
        break;
      case "quarantine-remove":
        macs.delete(step.mac);
        break;
      case "vector-add":
        for (const port of step.ports) vectors.add(vectorElement(step.mac, port));
        break;
      case "vector-remove":
        for (const port of step.ports) vectors.delete(vectorElement(step.mac, port));
        break;
      case "throttle-add":
      case "throttle-remove":
      case "reflex-set":
        limits = afterLimitStep(limits, step);
        break;
    }
  }
  return { macs, vectors, limits };
}

/** The sets of a table. */
type HeldSets = Pick<
  KernelTable,
  "quarantineFrom" | "quarantineTo" | "vectorFrom" | "vectorHosts" | "vectorWrapped" | "limits"
>;

/** The sets of a table that holds exactly these and has counted nothing. */
export function tableHolding(elements: Elements): HeldSets {
  const uncounted = (some: ReadonlySet<string>) => new Map([...some].map((key) => [key, { packets: 0, bytes: 0 }]));
  const macs = uncounted(elements.macs);
  const vectors = uncounted(elements.vectors);
  const hosts = uncounted(hostsOf(elements.vectors));
  return {
    ...{ quarantineFrom: macs, quarantineTo: macs, vectorFrom: vectors, vectorHosts: hosts, vectorWrapped: vectors },
    limits: elements.limits,
  };
}

/** Whether the kernel holds exactly these, each MAC in both sets. */
export function isHeld(elements: Elements, table: HeldSets): boolean {
  return diffText(elements, table) === "";
}

/** Text that makes the kernel's sets hold exactly these; empty where they do. Elements that stay keep their counters. */
export function diffText(elements: Elements, table: HeldSets): string {
  return [
    ...setDiff(containmentSets.quarantineFrom, elements.macs, table.quarantineFrom),
    ...setDiff(containmentSets.quarantineTo, elements.macs, table.quarantineTo),
    ...setDiff(containmentSets.vectorFrom, elements.vectors, table.vectorFrom),
    ...setDiff(encapsulationSets.hosts, hostsOf(elements.vectors), table.vectorHosts),
    ...setDiff(encapsulationSets.wrapped, elements.vectors, table.vectorWrapped),
    ...limitDiff(elements.limits, table.limits).flatMap(({ verb, set, entries }) => commands(verb, set, entries)),
  ].join("");
}

/**
 * Text that loads the skeleton over whatever is there and fills the sets, in one transaction: at no
 * instant is a quarantine open. `in-place` keeps every counter and is right while the same version is
 * loaded; `anew` takes a table away that nobody knows, and gives elements that stay their counters back.
 */
export function loadText(
  skeleton: Skeleton,
  elements: Elements,
  table: KernelTable | null,
  manner: "in-place" | "anew",
): string {
  if (table !== null && manner === "in-place") {
    return `flush table bridge ${tableName}\n${skeleton.text}${diffText(elements, table)}`;
  }
  return [
    table === null ? "" : `delete table bridge ${tableName}\n`,
    skeleton.text,
    ...setFill(containmentSets.quarantineFrom, elements.macs, table?.quarantineFrom),
    ...setFill(containmentSets.quarantineTo, elements.macs, table?.quarantineTo),
    ...setFill(containmentSets.vectorFrom, elements.vectors, table?.vectorFrom),
    ...setFill(encapsulationSets.hosts, hostsOf(elements.vectors), undefined),
    ...setFill(encapsulationSets.wrapped, elements.vectors, table?.vectorWrapped),
    limitFillText(elements.limits),
  ].join("");
}

/**
 * Text that adds the elements of cuts, for a file that is loaded after the skeleton. Each element has a
 * line of its own, so that a damaged line costs no other. The sets that follow from the vectors are left
 * out: a release that has none of them could not load it.
 */
export function fillText(elements: Cuts): string {
  const lines = (set: string, some: ReadonlySet<string>) => commands("add", set, [...some].toSorted(), 1);
  return [
    ...lines(containmentSets.quarantineFrom, elements.macs),
    ...lines(containmentSets.quarantineTo, elements.macs),
    ...lines(containmentSets.vectorFrom, elements.vectors),
  ].join("");
}

/** Text that adds the elements of limits, so many with each command; in a file, one. */
export function limitFillText(limits: Limits, each = elementsPerCommand): string {
  return limitEntries(limits)
    .flatMap(([set, held]) => commands("add", set, [...held].map(elementText).toSorted(), each))
    .join("");
}

/** The MACs of vector elements. */
function hostsOf(vectors: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...vectors].map((element) => element.slice(0, element.indexOf(" "))));
}

function setDiff(set: string, wanted: ReadonlySet<string>, held: ReadonlyMap<string, Counter>): string[] {
  return [
    ...setFill(set, new Set([...wanted].filter((element) => !held.has(element))), undefined),
    ...commands("delete", set, [...held.keys()].filter((element) => !wanted.has(element)).toSorted()),
  ];
}

function setFill(
  set: string,
  wanted: ReadonlySet<string>,
  counters: ReadonlyMap<string, Counter> | undefined,
): string[] {
  const elements = [...wanted].toSorted().map((element) => {
    const counter = counters?.get(element);
    return counter === undefined ? element : `${element} counter packets ${counter.packets} bytes ${counter.bytes}`;
  });
  return commands("add", set, elements);
}

// A command for each element would make a batch of thousands too long for the netlink socket of a
// user namespace, whose buffer nft may not enlarge.
const elementsPerCommand = 200;

function commands(
  verb: "add" | "delete",
  set: string,
  elements: readonly string[],
  each = elementsPerCommand,
): string[] {
  const lines: string[] = [];
  for (let at = 0; at < elements.length; at += each) {
    const some = elements.slice(at, at + each).join(", ");
    lines.push(`${verb} element bridge ${tableName} ${set} { ${some} }\n`);
  }
  return lines;
}
