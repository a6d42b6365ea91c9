import assert from "node:assert/strict";
import { test } from "node:test";
import {
  afterSteps,
  diffText,
  elementsOf,
  isHeld,
  loadText,
  tableHolding,
  union,
  wholeElementsOf,
} from "./containment-elements.ts";
import { elementsBy, keysOf, noElements, type Elements, type SetName } from "./element-sets.ts";
import type { HeldElement, KernelTable } from "./kernel-table.ts";
import type { Skeleton } from "./skeleton.ts";

const a = "02:00:00:00:00:0a";
const b = "02:00:00:00:00:0b";
const skeleton: Skeleton = {
  refusal: "drop",
  text: "table bridge cordon {\n}\n",
  more: "",
  version: "v",
  handedUp: new Map(),
  heldBack: new Map(),
};

function aTable(
  from: readonly string[],
  to: readonly string[] = from,
  vectors: readonly string[] = [],
  limits: Elements = noElements,
): KernelTable {
  const held = new Map(tableHolding(union(elements(from, vectors), limits)));
  for (const [set, keys] of held)
    held.set(
      set,
      counted(keys.keys(), (key) => keys.get(key)?.verdict ?? ""),
    );
  held.set("quarantine_to" satisfies SetName, counted(to));
  return { version: "v", fingerprint: "f", parts: new Set(), counters: new Map(), held, counts: new Map() };
}

function counted(keys: Iterable<string>, verdictOf: (key: string) => string = () => ""): Map<string, HeldElement> {
  return new Map([...keys].map((key) => [key, { verdict: verdictOf(key), counter: { packets: 5, bytes: 300 } }]));
}

function elements(macs: readonly string[], vectors: readonly string[] = [], limits: Elements = noElements): Elements {
  return { ...limits, quarantine_from: keysOf(macs), vector_from: keysOf(vectors) };
}

test("only what differs is written, so that counters of the rest live on", () => {
  assert.equal(
    diffText(elements([a, b], [`${a} . 25`]), aTable([a], [a], [`${a} . 445`]).held),
    `add element bridge cordon quarantine_from { ${b} }
add element bridge cordon quarantine_to { ${b} }
delete element bridge cordon vector_from { ${a} . 445 }
add element bridge cordon vector_from { ${a} . 25 }
delete element bridge cordon vector_wrapped { ${a} . 445 }
add element bridge cordon vector_wrapped { ${a} . 25 }
`,
  );
  assert.ok(isHeld(elements([a]), aTable([a]).held));
});

test("half a quarantine is not held, and is made whole or taken away", () => {
  const half = aTable([a], []);
  assert.ok(!isHeld(elements([a]), half.held));
  assert.equal(diffText(elements([a]), half.held), `add element bridge cordon quarantine_to { ${a} }\n`);
  assert.equal(diffText(elements([]), half.held), `delete element bridge cordon quarantine_from { ${a} }\n`);
  assert.deepEqual(elementsOf(half), elements([a]), "but no repair may read it as released");
  assert.deepEqual(wholeElementsOf(half), noElements);
});

test("of two steps on one host the later one counts", () => {
  const steps = [
    { kind: "quarantine-add", mac: a },
    { kind: "quarantine-remove", mac: a },
    { kind: "vector-remove", mac: b, ports: [25] },
    { kind: "vector-add", mac: b, ports: [25, 445] },
  ] as const;
  assert.deepEqual(
    afterSteps(
      elements([a]),
      steps.map((step) => ("ports" in step ? { ...step, ports: [...step.ports] } : step)),
    ),
    elements([], [`${b} . 25`, `${b} . 445`]),
  );
});

test("a missing table is loaded and filled", () => {
  assert.equal(
    loadText(skeleton, elements([a]), null, "anew"),
    `${skeleton.text}add element bridge cordon quarantine_from { ${a} }\nadd element bridge cordon quarantine_to { ${a} }\n`,
  );
});

test("a table of the same version is loaded over itself, elements untouched", () => {
  assert.equal(
    loadText(skeleton, elements([a]), aTable([a]), "in-place"),
    `flush table bridge cordon\n${skeleton.text}`,
  );
});

test("a foreign table is replaced in the same transaction, with the counters of what stays", () => {
  assert.equal(
    loadText(skeleton, elements([a, b]), aTable([a]), "anew"),
    `delete table bridge cordon
${skeleton.text}add element bridge cordon quarantine_from { ${a} counter packets 5 bytes 300, ${b} }
add element bridge cordon quarantine_to { ${a} counter packets 5 bytes 300, ${b} }
`,
  );
});

/** Limits with these rules of the reflex, and one throttle. */
function rules(...pairs: readonly (readonly [mac: string, verdict: string])[]): Elements {
  return elementsBy((set) => new Map(set === "reflex_rules" ? pairs : set === "throttle_from" ? [[a, ""]] : []));
}

test("a verdict that changes is taken out first, since a map takes no second one", () => {
  const before = rules([a, "accept"], [b, "goto reflex_dry_wide"]);
  const after = rules(["*", "goto reflex_enforce_usual"], [a, "goto reflex_enforce_tight"]);
  assert.equal(
    diffText(elements([], [], after), aTable([], [], [], before).held),
    `delete element bridge cordon reflex_rules { ${a} : accept, ${b} : goto reflex_dry_wide }
add element bridge cordon reflex_rules { * : goto reflex_enforce_usual, ${a} : goto reflex_enforce_tight }
`,
  );
});

test("limits come with the table that is loaded anew, but for verdicts that are none of ours", () => {
  const table = aTable([], [], [], rules([a, "goto somewhere"], [b, "accept"]));
  const text = loadText(skeleton, elementsOf(table), table, "anew");
  assert.equal(
    text,
    `delete table bridge cordon
${skeleton.text}add element bridge cordon throttle_from { ${a} }
add element bridge cordon reflex_rules { ${b} : accept }
`,
  );
});
