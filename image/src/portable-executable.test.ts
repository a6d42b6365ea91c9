import assert from "node:assert/strict";
import { test } from "node:test";
import { withSections } from "./portable-executable.ts";

const alignment = { section: 0x1000, file: 0x200 } as const;

/** A PE program with one section and room for the headers of a few more. */
function aStub(headersSize = 0x400): Uint8Array {
  const bytes = new Uint8Array(headersSize + 0x200);
  const view = new DataView(bytes.buffer);
  const peAt = 0x80;
  view.setUint32(0x3c, peAt, true);
  view.setUint32(peAt, 0x4550, true);
  view.setUint16(peAt + 6, 1, true);
  view.setUint16(peAt + 20, 112, true);
  view.setUint32(peAt + 24 + 32, alignment.section, true);
  view.setUint32(peAt + 24 + 36, alignment.file, true);
  view.setUint32(peAt + 24 + 60, headersSize, true);
  const tableAt = peAt + 24 + 112;
  bytes.set(Buffer.from(".text"), tableAt);
  view.setUint32(tableAt + 8, 0x1234, true);
  view.setUint32(tableAt + 12, 0x1000, true);
  return bytes;
}

/** Name, size, place in memory and content of each section. */
function sectionsOf(program: Uint8Array) {
  const view = new DataView(program.buffer, program.byteOffset);
  const peAt = view.getUint32(0x3c, true);
  const tableAt = peAt + 24 + view.getUint16(peAt + 20, true);
  return Array.from({ length: view.getUint16(peAt + 6, true) }, (_, index) => {
    const at = tableAt + index * 40;
    const size = view.getUint32(at + 8, true);
    const fileAt = view.getUint32(at + 20, true);
    return {
      name: Buffer.from(program.subarray(at, at + 8))
        .toString("latin1")
        .replaceAll("\0", ""),
      size,
      imageAt: view.getUint32(at + 12, true),
      content: program.subarray(fileAt, fileAt + size),
    };
  });
}

test("added sections follow the stub's own, aligned, and hold their content", () => {
  const linux = Uint8Array.from({ length: 0x1801 }, (_, index) => index % 251);
  const program = withSections(aStub(), [
    { name: ".cmdline", content: Buffer.from("quiet") },
    { name: ".linux", content: linux },
  ]);
  const [stub, commandLine, kernel] = sectionsOf(program);
  assert.equal(stub?.name, ".text");
  assert.deepEqual([commandLine?.name, commandLine?.imageAt], [".cmdline", 0x3000]);
  assert.equal(Buffer.from(commandLine?.content ?? []).toString(), "quiet");
  assert.deepEqual([kernel?.name, kernel?.imageAt], [".linux", 0x4000]);
  assert.deepEqual(kernel?.content, linux);
  const imageSize = new DataView(program.buffer).getUint32(0x80 + 24 + 56, true);
  assert.equal(imageSize, 0x6000);
  assert.equal(program.length % alignment.file, 0);
});

test("a stub without room for more headers is refused instead of overwritten", () => {
  const section = { name: ".linux", content: new Uint8Array(1) };
  const many = Array.from({ length: 20 }, () => section);
  assert.throws(() => withSections(aStub(), many), { code: "stub-unusable" });
});

test("what is no PE program is refused", () => {
  assert.throws(() => withSections(new Uint8Array(0x200), []), { code: "stub-unusable" });
});
