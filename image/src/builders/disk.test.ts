import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { boards } from "../../layers/index.ts";
import { mbrIdsByName, mbrSignature } from "../mbr-partitions.ts";
import { reachEndOfTable, renderConfig } from "./disk.ts";

const files = ["cordon/README.TXT", "EFI/BOOT/BOOTX64.EFI"];

test("every partition stands in the disk under its own name and UUID", () => {
  const { disk } = boards.pc;
  const text = renderConfig(disk, files);
  for (const { name, uuid, sizeMb } of disk.partitions) {
    assert.match(text, new RegExp(`\\tpartition ${name} \\{[^}]*partition-uuid = "${uuid}"[^}]*size = ${sizeMb}M`));
  }
});

test("a card has an MBR, and the same partitions as a disk", () => {
  const { disk } = boards.pi;
  const text = renderConfig(disk, files);
  assert.match(text, /partition-table-type = "mbr"\n\t\tdisk-signature = 0xc0bd0002\n\t\textended-partition = 4/);
  const names = (layer: typeof disk) => layer.partitions.map(({ name }) => name);
  assert.deepEqual(names(disk), names(boards.pc.disk));
  assert.deepEqual(Object.keys(mbrIdsByName), names(disk));
});

for (const { name, disk } of Object.values(boards)) {
  test(`${name}: stored quarantines, data and their key lie apart, so that damage to one spares the other; what is encrypted begins empty`, () => {
    const text = renderConfig(disk, files);
    assert.match(text, /image held\.ext4 \{/);
    for (const empty of ["data", "key"]) {
      const [, body = assert.fail()] = new RegExp(`partition ${empty} \\{\\n([^}]*)\\}`).exec(text) ?? [];
      assert.doesNotMatch(body, /image =/, empty);
    }
    assert.equal(new Set(disk.partitions.map(({ uuid }) => uuid)).size, disk.partitions.length);
  });
}

test("a card's image reaches as far as its table says, though its last partition is empty", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-disk-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "disk.img");
  const table = Buffer.alloc(4096);
  table.writeUInt32LE(mbrSignature, 440);
  table.writeUInt8(0x83, 450);
  table.writeUInt32LE(16, 454);
  table.writeUInt32LE(2048, 458);
  table.writeUInt16LE(0xaa55, 510);
  await writeFile(path, table);
  await reachEndOfTable(path);
  assert.equal((await stat(path)).size, (16 + 2048) * 512);
});
