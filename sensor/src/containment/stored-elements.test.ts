import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { keysOf, noElements, type Elements } from "./element-sets.ts";
import { afterLimitStep } from "./limit-elements.ts";
import type { ReflexSettings } from "./protocol.ts";
import { storedFormats } from "./stored-elements.ts";
import { parseStored, readStored, renderStored, writeStored } from "./stored-file.ts";

const { cuts, limits, rules } = storedFormats;

function cutsOf(macs: readonly string[], vectors: readonly string[] = []): Elements {
  return { ...noElements, quarantine_from: keysOf(macs), vector_from: keysOf(vectors) };
}

const elements = cutsOf(["02:00:00:00:00:0b", "02:00:00:00:00:0a"], ["02:00:00:00:00:0a . 25"]);

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-stored-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("the file is plain nft text in a fixed order", () => {
  assert.equal(
    renderStored(cuts, elements),
    `# cordon stored set, format 1
# sha256 96ad88280585eafe0e63c675acb59f2490d821a7d863871b4a796479fdefaf21
add element bridge cordon quarantine_from { 02:00:00:00:00:0a }
add element bridge cordon quarantine_from { 02:00:00:00:00:0b }
add element bridge cordon quarantine_to { 02:00:00:00:00:0a }
add element bridge cordon quarantine_to { 02:00:00:00:00:0b }
add element bridge cordon vector_from { 02:00:00:00:00:0a . 25 }
`,
  );
});

test("what was written is read back, and nothing else is left in the folder", async (t) => {
  const folder = await aFolder(t);
  assert.deepEqual(await readStored(cuts, folder), { kind: "missing" });
  await writeStored(cuts, folder, cutsOf(["02:00:00:00:00:0f"]));
  await writeStored(cuts, folder, elements);
  assert.deepEqual(await readStored(cuts, folder), { kind: "elements", elements });
  assert.deepEqual(await readdir(folder), ["quarantine.nft"]);
});

test("a thousand machines are read back, whatever the number of lines", () => {
  const many = cutsOf(
    Array.from({ length: 1000 }, (_, index) => `02:00:00:00:0${index >> 8}:${hex(index & 0xff)}`),
    Array.from({ length: 1000 }, (_, index) => `02:00:00:00:00:01 . ${index + 1}`),
  );
  assert.deepEqual(parseStored(cuts, renderStored(cuts, many)), { value: many });
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

test("a file of an earlier release, with many elements a line, is read", () => {
  const body = "add element bridge cordon quarantine_from { 02:00:00:00:00:0a, 02:00:00:00:00:0b }\n";
  const digest = createHash("sha256").update(body).digest("hex");
  assert.deepEqual(parseStored(cuts, `# cordon stored set, format 1\n# sha256 ${digest}\n${body}`), {
    value: cutsOf(["02:00:00:00:00:0a", "02:00:00:00:00:0b"]),
  });
});

test("an empty set is a set, not damage", () => {
  assert.deepEqual(parseStored(cuts, renderStored(cuts, noElements)), { value: noElements });
});

const text = renderStored(cuts, elements);
const damages: readonly { readonly name: string; readonly text: string }[] = [
  { name: "empty", text: "" },
  { name: "cut off", text: text.slice(0, -20) },
  { name: "one digit changed", text: text.replace("0b }", "0c }") },
  { name: "of a later format", text: text.replace("format 1", "format 2") },
  { name: "zeros, as after a power cut", text: "\0".repeat(text.length) },
];

for (const { name, text: damaged } of damages) {
  test(`a file that is ${name} is set aside as it is`, async (t) => {
    const folder = await aFolder(t);
    const path = join(folder, cuts.fileName);
    await writeFile(path, damaged);
    const reading = await readStored(cuts, folder);
    assert.equal(reading.kind, "damaged");
    assert.deepEqual(await readdir(folder), ["quarantine.nft.damaged"]);
    assert.equal(await readFile(`${path}.damaged`, "utf8"), damaged);
    assert.deepEqual(await readStored(cuts, folder), { kind: "missing" });
  });
}

test("a folder that cannot be written is said with a code", async (t) => {
  const folder = await aFolder(t);
  await assert.rejects(writeStored(cuts, join(folder, "missing"), elements), {
    code: "stored-set-unwritable",
  });
});

const a = "02:00:00:00:00:0a";
const someLimits = [
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
].reduce(afterLimitStep, noElements);
const limitText = renderStored(limits, someLimits);

test("limits are plain nft text in a fixed order, and are read back", () => {
  assert.equal(
    limitText.split("\n").slice(2).join("\n"),
    `add element bridge cordon throttle_from { ${a} }
add element bridge cordon throttle_vector { ${a} . 25 }
add element bridge cordon reflex_rules { * : goto reflex_enforce_usual }
add element bridge cordon reflex_rules { ${a} : accept }
add element bridge cordon reflex_exempt { ${a} . 25 }
`,
  );
  assert.deepEqual(parseStored(limits, limitText), { value: someLimits });
  const empty = renderStored(limits, noElements);
  assert.deepEqual(parseStored(limits, empty), { value: noElements });
});

test("a rule that only a newer program knows is left out, and what is no element is damage", () => {
  const body = (line: string) => renderStored({ ...limits, render: () => `${line}\n` }, noElements);
  const newer = body(`add element bridge cordon reflex_rules { * : goto reflex_enforce_huge, ${a} : accept }`);
  assert.deepEqual(parseStored(limits, newer), {
    value: { ...noElements, reflex_rules: new Map([[a, "accept"]]) },
  });
  for (const line of [
    `add element bridge cordon quarantine_from { ${a} }`,
    "add element bridge cordon throttle_from { * }",
    `add element bridge cordon reflex_rules { ${a} : goto x; delete table bridge cordon }`,
    "flush ruleset",
  ]) {
    assert.ok("reason" in parseStored(limits, body(line)), line);
  }
});

test("it is no stored set of cuts: whoever reads those reads as before", () => {
  assert.ok("reason" in parseStored(cuts, limitText));
});

test("a set of rules that only a newer program knows is passed over, and what is no element is damage", () => {
  const body = (line: string) => renderStored({ ...rules, render: () => `${line}\n` }, noElements);
  const newer = body("add element bridge cordon set_of_tomorrow { 192.0.2.0/24 : goto somewhere }");
  assert.deepEqual(parseStored(rules, newer), { value: noElements });
  for (const line of [
    "flush ruleset",
    "add element bridge cordon x { a }; delete table bridge cordon",
    "add table inet x",
  ]) {
    assert.ok("reason" in parseStored(rules, body(line)), line);
  }
});

test("who is on probation is stored for the start of the box, where an older program passes it over", () => {
  const settings: ReflexSettings = {
    ...{ mode: "enforce", budget: "tight", probation: true, exempt: [] },
    hosts: [{ mac: a, mode: "dry", budget: "usual" }],
  };
  const onProbation = afterLimitStep(noElements, { kind: "reflex-set", settings });
  const text = renderStored(rules, onProbation);
  assert.equal(
    text.split("\n").slice(2).join("\n"),
    `add element bridge cordon probation_rules { * : goto probation }
add element bridge cordon probation_rules { ${a} : continue }
`,
  );
  assert.deepEqual(parseStored(rules, text), { value: noElements }, "it follows from the limits");
  const { probation: _, ...site } = settings;
  const over = afterLimitStep(onProbation, { kind: "reflex-set", settings: site });
  assert.equal(renderStored(rules, over).split("\n").length, 3, "nobody is");
});
