import assert from "node:assert/strict";
import { test } from "node:test";
import { boards } from "../layers/index.ts";
import { mbrIdsByName, mbrPartitionsOf, mbrSignature } from "./mbr-partitions.ts";

const sectorBytes = 512;
const nothing = { type: 0, first: 0, count: 0 };
type Entry = typeof nothing;

function table(entries: readonly Entry[], signature = 0): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.writeUInt32LE(signature, 440);
  for (const [index, { type, first, count }] of entries.entries()) {
    const at = 446 + index * 16;
    sector.writeUInt8(type, at + 4);
    sector.writeUInt32LE(first, at + 8);
    sector.writeUInt32LE(count, at + 12);
  }
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** As genimage writes it: three partitions, and five in a chain of tables. Each logical one begins 8 sectors behind its table. */
function aCard(signature = mbrSignature): Map<number, Buffer> {
  const extendedAt = 3000;
  const sectors = new Map<number, Buffer>();
  sectors.set(
    0,
    table(
      [
        { type: 0x0c, first: 100, count: 900 },
        { type: 0x83, first: 1000, count: 1000 },
        { type: 0x83, first: 2000, count: 500 },
        { type: 0x0f, first: extendedAt, count: 5000 },
      ],
      signature,
    ),
  );
  for (let index = 0; index < 5; index++) {
    const next = index < 4 ? { type: 0x05, first: (index + 1) * 1000, count: 1000 } : nothing;
    sectors.set(extendedAt + index * 1000, table([{ type: 0x83, first: 8, count: 90 + index }, next]));
  }
  return sectors;
}

const readOf = (sectors: ReadonlyMap<number, Buffer>) => (number: number) =>
  Promise.resolve(sectors.get(number) ?? Buffer.alloc(sectorBytes));

test("a card's partitions have the names that the initramfs knows them by", async () => {
  const found = await mbrPartitionsOf(readOf(aCard()));
  assert.deepEqual([...found.keys()], Object.keys(mbrIdsByName));
  assert.deepEqual(found.get("root-a"), { number: 2, offsetBytes: 1000 * 512, sizeBytes: 1000 * 512 });
  assert.deepEqual(found.get("root-b"), { number: 5, offsetBytes: 3008 * 512, sizeBytes: 90 * 512 });
  assert.deepEqual(found.get("data"), { number: 8, offsetBytes: 6008 * 512, sizeBytes: 93 * 512 });
  for (const [name, { number }] of found) {
    assert.equal(mbrIdsByName[name], `c0bd0002-0${number}`);
  }
  assert.deepEqual(
    [...found.keys()],
    boards.pi.disk.partitions.map(({ name }) => name),
  );
});

test("the card of another system is none of a box, and a broken chain ends where it breaks", async () => {
  await assert.rejects(mbrPartitionsOf(readOf(aCard(0x1234_5678))), { code: "disk-unreadable" });
  await assert.rejects(mbrPartitionsOf(readOf(new Map())), { code: "disk-unreadable" });
  await assert.rejects(
    mbrPartitionsOf(() => Promise.resolve(Buffer.alloc(0))),
    { code: "disk-unreadable" },
  );
  const card = aCard();
  card.set(5000, Buffer.alloc(sectorBytes, 0xa5));
  const found = await mbrPartitionsOf(readOf(card));
  assert.deepEqual([...found.keys()], ["boot", "root-a", "verity-a", "root-b", "verity-b"]);
});

test("a chain that leads back to itself ends", async () => {
  const card = aCard();
  card.set(
    4000,
    table([
      { type: 0x83, first: 8, count: 1 },
      { type: 0x05, first: 0, count: 1000 },
    ]),
  );
  assert.equal((await mbrPartitionsOf(readOf(card))).size, 8);
});
