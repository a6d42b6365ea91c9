import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStored, renderStored } from "./stored-file.ts";
import { afterLimitStep, noLimits } from "./limit-elements.ts";
import { storedLimits } from "./stored-limits.ts";
import { parseStoredSet } from "./stored-set.ts";

const a = "02:00:00:00:00:0a";
const limits = [
  { kind: "throttle-add", mac: a, ports: null } as const,
  { kind: "throttle-add", mac: a, ports: [25] } as { kind: "throttle-add"; mac: string; ports: number[] },
  {
    kind: "reflex-set" as const,
    settings: {
      mode: "enforce" as const,
      budget: "usual" as const,
      hosts: [{ mac: a, mode: "dry" as const, budget: "unlimited" as const }],
      exempt: [{ mac: a, port: 25 }],
    },
  },
].reduce(afterLimitStep, noLimits);
const text = renderStored(storedLimits, limits);

test("the file is plain nft text in a fixed order, and is read back", () => {
  assert.equal(
    text.split("\n").slice(2).join("\n"),
    `add element bridge cordon throttle_from { ${a} }
add element bridge cordon throttle_vector { ${a} . 25 }
add element bridge cordon reflex_rules { * : goto reflex_enforce_usual }
add element bridge cordon reflex_rules { ${a} : accept }
add element bridge cordon reflex_exempt { ${a} . 25 }
`,
  );
  assert.deepEqual(parseStored(storedLimits, text), { value: limits });
  const empty = renderStored(storedLimits, noLimits);
  assert.deepEqual(parseStored(storedLimits, empty), { value: noLimits });
});

test("a rule that only a newer program knows is left out, and what is no element is damage", () => {
  const body = (line: string) => renderStored({ ...storedLimits, render: () => `${line}\n` }, noLimits);
  const newer = body(`add element bridge cordon reflex_rules { * : goto reflex_enforce_huge, ${a} : accept }`);
  assert.deepEqual(parseStored(storedLimits, newer), {
    value: { ...noLimits, reflex_rules: new Map([[a, "accept"]]) },
  });
  for (const line of [
    `add element bridge cordon quarantine_from { ${a} }`,
    "add element bridge cordon throttle_from { * }",
    `add element bridge cordon reflex_rules { ${a} : goto x; delete table bridge cordon }`,
    "flush ruleset",
  ]) {
    assert.ok("reason" in parseStored(storedLimits, body(line)), line);
  }
});

test("it is no stored set of cuts: whoever reads those reads as before", () => {
  assert.ok("reason" in parseStoredSet(text));
});
