import { ImageError } from "./errors.ts";
import type { Extent } from "./disk-partitions.ts";

/** The signature of a box's card; by it and their numbers Linux calls its partitions. */
export const mbrSignature = 0xc0bd_0002;

/** An MBR knows no names: what has which number. The fourth holds those that follow. */
const numbersByName = {
  boot: 1,
  "root-a": 2,
  "verity-a": 3,
  "root-b": 5,
  "verity-b": 6,
  held: 7,
  data: 8,
  key: 9,
} as const;

/** What Linux calls PARTUUID, by our names. */
export const mbrIdsByName: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(numbersByName).map(([name, number]) => [
    name,
    `${mbrSignature.toString(16)}-${number.toString(16).padStart(2, "0")}`,
  ]),
);

const sectorBytes = 512;
const firstLogical = 5;
const extendedTypes = [0x05, 0x0f];

/** Reads a sector by its number. */
export type ReadSector = (number: number) => Promise<Buffer>;

/** The partitions of a box's card by our names. Throws `disk-unreadable` for any other. */
export async function mbrPartitionsOf(readSector: ReadSector): Promise<ReadonlyMap<string, Extent>> {
  const start = await readSector(0);
  if (!isTable(start) || start.readUInt32LE(440) !== mbrSignature) {
    throw new ImageError("disk-unreadable", "the disk holds no GPT, and not the table of a box's card");
  }
  const names = new Map<number, string>(Object.entries(numbersByName).map(([name, number]) => [number, name]));
  const partitions = new Map<string, Extent>();
  const add = (number: number, { first, count }: Entry) => {
    const name = names.get(number);
    if (name === undefined) return;
    partitions.set(name, { number, offsetBytes: first * sectorBytes, sizeBytes: count * sectorBytes });
  };
  const primary = entriesOf(start);
  for (const [index, entry] of primary.entries()) if (entry.count > 0) add(index + 1, entry);
  const extended = primary.find(({ type }) => extendedTypes.includes(type));
  // Each of the others stands behind a table of its own, whose second entry leads to the next.
  let tableAt = extended?.first ?? 0;
  for (let number = firstLogical; tableAt > 0 && names.has(number); number++) {
    const table = await readSector(tableAt);
    const [here, next] = entriesOf(table);
    if (!isTable(table) || here === undefined || here.count === 0) break;
    add(number, { ...here, first: tableAt + here.first });
    tableAt = next !== undefined && next.count > 0 ? (extended?.first ?? 0) + next.first : 0;
  }
  return partitions;
}

interface Entry {
  readonly type: number;
  readonly first: number;
  readonly count: number;
}

function isTable(sector: Buffer): boolean {
  return sector.length === sectorBytes && sector.readUInt16LE(510) === 0xaa55;
}

function entriesOf(sector: Buffer): readonly Entry[] {
  return [446, 462, 478, 494].map((at) => ({
    type: sector.readUInt8(at + 4),
    first: sector.readUInt32LE(at + 8),
    count: sector.readUInt32LE(at + 12),
  }));
}
