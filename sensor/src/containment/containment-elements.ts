import {
  elementSet,
  elementsBy,
  derivedFrom,
  heldIn,
  isTwin,
  noElements,
  setNames,
  type Elements,
  type ElementSet,
  type GivenSet,
  type Held,
  type SetName,
} from "./element-sets.ts";
import { verdictsIn, type Counter, type HeldElements, type KernelTable } from "./kernel-table.ts";
import { afterLimitStep } from "./limit-elements.ts";
import type { Step } from "./protocol.ts";
import { siteElements } from "./site-rules.ts";
import { containmentSets, tableName, type Skeleton } from "./skeleton.ts";
import { sweepSets } from "./sweep-nft.ts";

/**
 * Which elements the sets are to hold, and the nft text that gets them there. Pure: what is held
 * comes in, text goes out.
 */

/** An element of the set of vectors as nft writes it. */
export function vectorElement(mac: string, port: number): string {
  return `${mac} . ${port}`;
}

/** Both together; where they differ in what they say of one machine, the first counts. */
export function union(a: Elements, b: Elements): Elements {
  return elementsBy((set) => new Map([...b[set], ...a[set]]));
}

/** What the kernel holds; what stands in one of two twin sets only counts as held, so that no repair releases it. */
export function elementsOf(table: KernelTable | null): Elements {
  if (table === null) return noElements;
  return elementsBy((set) => {
    const twins = twinsOf(set).flatMap((twin) => [...knownIn(table, twin)]);
    return new Map([...twins, ...knownIn(table, set)]);
  });
}

/** Elements that stand in every set they belong to. */
export function wholeElementsOf(table: KernelTable): Elements {
  const twinned = (set: GivenSet, key: string) => twinsOf(set).every((twin) => knownIn(table, twin).has(key));
  return elementsBy((set) => new Map([...knownIn(table, set)].filter(([key]) => twinned(set, key))));
}

function twinsOf(set: GivenSet): readonly SetName[] {
  return derivedFrom(set).filter(isTwin);
}

function knownIn(table: KernelTable, set: SetName): Held {
  const { knows }: ElementSet = elementSet(set);
  const held = verdictsIn(table.held, set);
  return knows === undefined ? held : new Map([...held].filter(([, verdict]) => knows(verdict)));
}

/** The elements after some steps; of two steps on one element the later one counts. */
export function afterSteps(elements: Elements, steps: readonly Step[]): Elements {
  return steps.reduce(afterStep, elements);
}

function afterStep(elements: Elements, step: Step): Elements {
  const { quarantineFrom, vectorFrom } = containmentSets;
  const vectors = (ports: readonly number[], mac: string) => ports.map((port) => vectorElement(mac, port));
  switch (step.kind) {
    case "quarantine-add":
      return withKeys(elements, quarantineFrom, [step.mac]);
    case "quarantine-remove":
      return withoutKeys(elements, quarantineFrom, [step.mac]);
    case "vector-add":
      return withKeys(elements, vectorFrom, vectors(step.ports, step.mac));
    case "vector-remove":
      return withoutKeys(elements, vectorFrom, vectors(step.ports, step.mac));
    case "sweep-add":
      return withKeys(elements, sweepSets[step.sweep], [step.mac]);
    case "sweep-remove":
      return withoutKeys(elements, sweepSets[step.sweep], [step.mac]);
    case "throttle-add":
    case "throttle-remove":
    case "reflex-set":
      return afterLimitStep(elements, step);
    case "site-rules-set":
      return { ...elements, ...siteElements(step.rules) };
    case "protect":
      return elements;
  }
}

/** With some keys more in a set that is no map. */
export function withKeys(elements: Elements, set: GivenSet, keys: readonly string[]): Elements {
  return { ...elements, [set]: new Map([...elements[set], ...keys.map((key) => [key, ""] as const)]) };
}

/** Without some keys in a set. */
export function withoutKeys(elements: Elements, set: GivenSet, keys: readonly string[]): Elements {
  const gone = new Set(keys);
  return { ...elements, [set]: new Map([...elements[set]].filter(([key]) => !gone.has(key))) };
}

/** The sets of a table that holds exactly these and has counted nothing. */
export function tableHolding(elements: Elements): HeldElements {
  const counter = { packets: 0, bytes: 0 };
  return new Map(
    setNames.map((set) => [
      set,
      new Map([...heldIn(elements, set)].map(([key, verdict]) => [key, { verdict, counter }])),
    ]),
  );
}

/** Whether the kernel holds exactly these, in every set they belong to. */
export function isHeld(elements: Elements, held: HeldElements): boolean {
  return diffText(elements, held) === "";
}

/**
 * Text that makes the kernel's sets hold exactly these; empty where they do. Elements that stay keep their
 * counters. What goes or changes goes first, since a map takes no second verdict for a key.
 */
export function diffText(elements: Elements, held: HeldElements): string {
  return setNames
    .flatMap((set) => {
      const wanted = heldIn(elements, set);
      const there = verdictsIn(held, set);
      const lacking = (from: Held, inOther: Held) =>
        [...from].filter(([key, verdict]) => inOther.get(key) !== verdict).map((entry) => elementText(entry));
      return [
        ...commands("delete", set, lacking(there, wanted).toSorted()),
        ...commands("add", set, lacking(wanted, there).toSorted()),
      ];
    })
    .join("");
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
    return `flush table bridge ${tableName}\n${skeleton.text}${diffText(elements, table.held)}`;
  }
  return [
    table === null ? "" : `delete table bridge ${tableName}\n`,
    skeleton.text,
    ...setNames.flatMap((set) => {
      const counters = elementSet(set).isCounted ? table?.held.get(set) : undefined;
      return fill(set, heldIn(elements, set), (key) => counters?.get(key)?.counter);
    }),
  ].join("");
}

/**
 * Text that adds the elements of some sets, for a file that is loaded after the skeleton. Each element has a
 * line of its own, so that a damaged line costs no other.
 */
export function fillText(elements: Elements, isFilled: (set: SetName) => boolean): string {
  return setNames
    .filter(isFilled)
    .flatMap((set) => fill(set, heldIn(elements, set), () => undefined, 1))
    .join("");
}

/** An element as nft writes it. */
function elementText([key, verdict]: readonly [key: string, verdict: string], counter?: Counter): string {
  const counted = counter === undefined ? key : `${key} counter packets ${counter.packets} bytes ${counter.bytes}`;
  return verdict === "" ? counted : `${counted} : ${verdict}`;
}

function fill(
  set: SetName,
  wanted: Held,
  counterOf: (key: string) => Counter | undefined,
  each = elementsPerCommand,
): string[] {
  const sorted = [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return commands(
    "add",
    set,
    sorted.map((entry) => elementText(entry, counterOf(entry[0]))),
    each,
  );
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
