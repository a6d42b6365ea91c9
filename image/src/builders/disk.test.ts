import assert from "node:assert/strict";
import { test } from "node:test";
import { disk } from "../../layers/disk.ts";
import { renderConfig } from "./disk.ts";

test("every partition stands in the disk under its own name and UUID", () => {
  const text = renderConfig(disk);
  for (const { name, uuid, sizeMb } of disk.partitions) {
    assert.match(text, new RegExp(`\\tpartition ${name} \\{[^}]*partition-uuid = "${uuid}"[^}]*size = ${sizeMb}M`));
  }
  assert.equal(new Set(disk.partitions.map(({ uuid }) => uuid)).size, disk.partitions.length);
});

test("stored quarantines and data are two filesystems, so that damage to one spares the other", () => {
  const text = renderConfig(disk);
  assert.match(text, /image held\.ext4 \{/);
  assert.match(text, /image data\.ext4 \{/);
});
