import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseStoredSet, readStoredSet, renderStoredSet, storedSetPath, writeStoredSet } from "./stored-set.ts";

const elements = {
  macs: new Set(["02:00:00:00:00:0b", "02:00:00:00:00:0a"]),
  vectors: new Set(["02:00:00:00:00:0a . 25"]),
};

async function aFolder(t: TestContext): Promise<{ readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-stored-"));
  t.after(() => rm(folder, { recursive: true }));
  return { folder };
}

test("the file is plain nft text in a fixed order", () => {
  assert.equal(
    renderStoredSet(elements),
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
  const options = await aFolder(t);
  assert.deepEqual(await readStoredSet(options), { kind: "missing" });
  await writeStoredSet(options, { macs: new Set(["02:00:00:00:00:0f"]), vectors: new Set() });
  await writeStoredSet(options, elements);
  assert.deepEqual(await readStoredSet(options), { kind: "elements", elements });
  assert.deepEqual(await readdir(options.folder), ["quarantine.nft"]);
});

test("a thousand machines are read back, whatever the number of lines", () => {
  const many = {
    macs: new Set(Array.from({ length: 1000 }, (_, index) => `02:00:00:00:0${index >> 8}:${hex(index & 0xff)}`)),
    vectors: new Set(Array.from({ length: 1000 }, (_, index) => `02:00:00:00:00:01 . ${index + 1}`)),
  };
  assert.deepEqual(parseStoredSet(renderStoredSet(many)), {
    macs: many.macs,
    vectors: new Set([...many.vectors].toSorted()),
  });
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

test("a file of an earlier release, with many elements a line, is read", () => {
  const body = "add element bridge cordon quarantine_from { 02:00:00:00:00:0a, 02:00:00:00:00:0b }\n";
  const digest = createHash("sha256").update(body).digest("hex");
  assert.deepEqual(parseStoredSet(`# cordon stored set, format 1\n# sha256 ${digest}\n${body}`), {
    macs: new Set(["02:00:00:00:00:0a", "02:00:00:00:00:0b"]),
    vectors: new Set(),
  });
});

test("an empty set is a set, not damage", () => {
  const empty = { macs: new Set<string>(), vectors: new Set<string>() };
  assert.deepEqual(parseStoredSet(renderStoredSet(empty)), empty);
});

const text = renderStoredSet(elements);
const damages: readonly { readonly name: string; readonly text: string }[] = [
  { name: "empty", text: "" },
  { name: "cut off", text: text.slice(0, -20) },
  { name: "one digit changed", text: text.replace("0b }", "0c }") },
  { name: "of a later format", text: text.replace("format 1", "format 2") },
  { name: "zeros, as after a power cut", text: "\0".repeat(text.length) },
];

for (const { name, text: damaged } of damages) {
  test(`a file that is ${name} is set aside as it is`, async (t) => {
    const options = await aFolder(t);
    const path = storedSetPath(options);
    await writeFile(path, damaged);
    const reading = await readStoredSet(options);
    assert.equal(reading.kind, "damaged");
    assert.deepEqual(await readdir(options.folder), ["quarantine.nft.damaged"]);
    assert.equal(await readFile(`${path}.damaged`, "utf8"), damaged);
    assert.deepEqual(await readStoredSet(options), { kind: "missing" });
  });
}

test("a folder that cannot be written is said with a code", async (t) => {
  const { folder } = await aFolder(t);
  await assert.rejects(writeStoredSet({ folder: join(folder, "missing") }, elements), {
    code: "stored-set-unwritable",
  });
});
