import assert from "node:assert/strict";
import { test } from "node:test";
import { compatiblesIn } from "./device-tree.ts";
import { modulesFor } from "./module-aliases.ts";

const word = (value: number) => Buffer.from([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
const strings = Buffer.from("compatible\0status\0");
const property = (nameAt: number, value: string) => [
  ...[word(3), word(value.length), word(nameAt)],
  padded(Buffer.from(value, "latin1")),
];

/** A root with a port in it, which is switched off. */
const structure = Buffer.concat([
  ...[word(1), padded(Buffer.from("\0")), ...property(0, "raspberrypi,4-model-b\0brcm,bcm2711\0")],
  ...[word(4), word(1), padded(Buffer.from("ethernet@0\0"))],
  ...[...property(11, "disabled\0"), ...property(0, "brcm,bcm2711-genet-v5\0"), word(2), word(2), word(9)],
]);
const headerBytes = 40;
const tree = Buffer.concat([
  ...[word(0xd00dfeed), word(headerBytes + structure.length + strings.length), word(headerBytes)],
  ...[word(headerBytes + structure.length), Buffer.alloc(headerBytes - 16), structure, strings],
]);

test("what all nodes of a device tree are compatible with, those switched off too", () => {
  assert.deepEqual([...compatiblesIn(tree)].toSorted(), [
    "brcm,bcm2711",
    "brcm,bcm2711-genet-v5",
    "raspberrypi,4-model-b",
  ]);
  assert.throws(() => compatiblesIn(Buffer.alloc(64)), { code: "device-tree-unreadable" });
});

test("the drivers of a device tree are found by the kernel's own list, and no others", () => {
  const aliases = [
    "alias of:N*T*Cbrcm,bcm2711-genet-v5C* genet",
    "alias of:N*T*Cbrcm,bcm2711-genet-v5 genet",
    "alias of:N*T*Cbrcm,bcm2711-genet-v55 another",
    "alias pci:v000010ECd00008168sv*sd*bc*sc*i* r8169",
  ].join("\n");
  assert.deepEqual(modulesFor(compatiblesIn(tree), aliases), ["genet"]);
});
