import assert from "node:assert/strict";
import fc from "fast-check";
import { captureOf, partsOf, type Part } from "./capture-parts.ts";
import { judgeBytes } from "./judge-bytes.ts";
import type { Property } from "./property.ts";

/** A capture as it lies in a file. */
export interface Sample {
  readonly name: string;
  readonly read: () => Promise<Uint8Array>;
}

const change = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), where: fc.nat(), offset: fc.nat(1500), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("cut" as const), where: fc.nat(), length: fc.nat(200) }),
  fc.record({ kind: fc.constant("repeat" as const), where: fc.nat(), times: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant("move" as const), where: fc.nat(), by: fc.integer({ min: -1e11, max: 1e11 }) }),
  fc.record({ kind: fc.constant("swap" as const), where: fc.nat(), other: fc.nat() }),
  fc.record({ kind: fc.constant("splice" as const), where: fc.nat(), other: fc.nat(), offset: fc.nat(80) }),
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** Frames changed as no network would: the pipeline judges them or says what is wrong, and nothing else. */
export function mutatedFrames(samples: readonly Sample[]): Property {
  return {
    name: "frames that are changed, repeated, moved in time and put together wrongly are judged all the same",
    isHeldBy: fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 30 }),
      async ({ read }, changes) => {
        const { linkType, parts } = await partsOf(await read());
        if (parts.length === 0) return;
        for (const each of changes) apply(each, parts);
        const report = await judgeBytes(captureOf(linkType, parts));
        assert.equal(report?.packets, parts.length);
      },
    ),
  };
}

/** Bytes of the file changed wherever they are, its own structure included. */
export function mutatedFiles(samples: readonly Sample[]): Property {
  return {
    name: "files whose bytes are changed are judged or refused by name",
    isHeldBy: fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 40 }),
      fc.boolean(),
      async ({ read }, changes, isAtHead) => {
        const bytes = Uint8Array.from(await read());
        if (bytes.length === 0) return;
        for (const [at, value] of changes) bytes[at % (isAtHead ? Math.min(200, bytes.length) : bytes.length)] = value;
        await judgeBytes(bytes);
      },
    ),
  };
}

/** What a download that broke off leaves: judged up to there. */
export function cutFiles(samples: readonly Sample[]): Property {
  return {
    name: "files that end at any byte are judged up to there",
    isHeldBy: fc.asyncProperty(fc.constantFrom(...samples), fc.double({ min: 0, max: 1, noNaN: true }), cutAt),
  };
}

/** Judges the first share of a file: no more than of the whole, and of a sound one as much as there is. */
export async function cutAt({ name, read }: Sample, share: number): Promise<void> {
  const bytes = await read();
  const length = Math.floor(bytes.length * share);
  const whole = await judgeBytes(bytes);
  const cut = await judgeBytes(bytes.subarray(0, length));
  if (whole === null) return;
  const packets = cut?.packets ?? 0;
  assert.ok(packets <= whole.packets, `${name}: ${packets} packets before the cut, ${whole.packets} in all`);
  // A compressed file gives what could be unpacked; else what lies whole before the cut is judged.
  if (bytes[0] === 0x1f || length < 4096 || share < 0.5) return;
  assert.ok(packets > 0 || whole.packets < 4, `${name}: nothing was judged of ${length} bytes`);
}

function apply(each: Change, parts: Part[]): void {
  const index = each.where % parts.length;
  const part = parts[index];
  if (part === undefined) return;
  switch (each.kind) {
    case "set": {
      const bytes = Uint8Array.from(part.bytes);
      if (bytes.length > 0) bytes[each.offset % bytes.length] = each.value;
      parts[index] = { ...part, bytes };
      return;
    }
    case "cut":
      parts[index] = { ...part, bytes: part.bytes.subarray(0, each.length) };
      return;
    case "repeat":
      parts.splice(index, 0, ...Array.from({ length: each.times }, () => part));
      return;
    case "move":
      parts[index] = { ...part, at: part.at + each.by };
      return;
    case "swap": {
      const other = each.other % parts.length;
      [parts[index], parts[other]] = [parts[other] ?? part, part];
      return;
    }
    case "splice": {
      const tail = parts[each.other % parts.length]?.bytes.subarray(each.offset) ?? new Uint8Array(0);
      parts[index] = { ...part, bytes: Buffer.concat([part.bytes.subarray(0, each.offset), tail]) };
      return;
    }
  }
}
