import assert from "node:assert/strict";
import { test } from "node:test";
import { afterSteps, diffText, elementsOf, isHeld, loadText, type Elements } from "./containment-elements.ts";
import type { KernelTable } from "./kernel-table.ts";
import type { Skeleton } from "./skeleton.ts";

const a = "02:00:00:00:00:0a";
const b = "02:00:00:00:00:0b";
const skeleton: Skeleton = {
  refusal: "drop",
  text: "table bridge cordon {\n}\n",
  version: "v",
  handedUp: new Map(),
  heldBack: new Map(),
};

function aTable(from: readonly string[], to: readonly string[] = from, vectors: readonly string[] = []): KernelTable {
  const counted = (elements: readonly string[]) =>
    new Map(elements.map((element) => [element, { packets: 5, bytes: 300 }]));
  return {
    version: "v",
    fingerprint: "f",
    counters: new Map(),
    quarantineFrom: counted(from),
    quarantineTo: counted(to),
    vectorFrom: counted(vectors),
    vectorHosts: counted([...new Set(vectors.map((element) => element.slice(0, a.length)))]),
    vectorWrapped: counted(vectors),
  };
}

function elements(macs: readonly string[], vectors: readonly string[] = []): Elements {
  return { macs: new Set(macs), vectors: new Set(vectors) };
}

test("only what differs is written, so that counters of the rest live on", () => {
  assert.equal(
    diffText(elements([a, b], [`${a} . 25`]), aTable([a], [a], [`${a} . 445`])),
    `add element bridge cordon quarantine_from { ${b} }
add element bridge cordon quarantine_to { ${b} }
add element bridge cordon vector_from { ${a} . 25 }
delete element bridge cordon vector_from { ${a} . 445 }
add element bridge cordon vector_wrapped { ${a} . 25 }
delete element bridge cordon vector_wrapped { ${a} . 445 }
`,
  );
  assert.ok(isHeld(elements([a]), aTable([a])));
});

test("half a quarantine is not held, and is made whole or taken away", () => {
  const half = aTable([a], []);
  assert.ok(!isHeld(elements([a]), half));
  assert.equal(diffText(elements([a]), half), `add element bridge cordon quarantine_to { ${a} }\n`);
  assert.equal(diffText(elements([]), half), `delete element bridge cordon quarantine_from { ${a} }\n`);
  assert.deepEqual(elementsOf(half), elements([a]), "but no repair may read it as released");
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
