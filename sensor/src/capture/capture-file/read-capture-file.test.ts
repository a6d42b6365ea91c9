import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { SensorError } from "../../errors.ts";
import { PcapngBuilder } from "./pcapng-builder.ts";
import { readCaptureFile, readCaptureStream } from "./read-capture-file.ts";
import { PcapWriter, type PcapOptions } from "./write-pcap.ts";

const frames = [Uint8Array.of(1), Uint8Array.of(2, 3, 4, 5, 6), new Uint8Array(300).fill(7)];
const startsAt = 1_700_000_000_123.456;

interface Seen {
  readonly at: number;
  readonly linkType: number;
  readonly bytes: number[];
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  // One buffer for all pieces, as a reader of files has: whoever keeps a piece sees it change.
  const buffer = new Uint8Array(Math.min(size, bytes.length));
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

async function read(bytes: Uint8Array, pieceSize = 65_536) {
  const seen: Seen[] = [];
  const end = await readCaptureStream(inPieces(bytes, pieceSize), (frame) => {
    seen.push({ at: frame.at, linkType: frame.linkType, bytes: [...frame.bytes.subarray(frame.start, frame.end)] });
  });
  return { seen, ...end };
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await read(bytes);
  } catch (error) {
    assert.ok(error instanceof SensorError);
    return error.code;
  }
  return "none";
}

function pcap(options: PcapOptions = {}, count = frames.length): Uint8Array {
  const writer = new PcapWriter(options);
  return Buffer.concat([
    writer.header(),
    ...frames.slice(0, count).map((frame, index) => writer.record(startsAt + index, frame)),
  ]);
}

const expected = frames.map((frame, index) => ({ at: startsAt + index, bytes: [...frame] }));

function assertFrames(seen: readonly Seen[], linkType: number): void {
  assert.deepEqual(
    seen.map(({ bytes }) => bytes),
    expected.map(({ bytes }) => bytes),
  );
  seen.forEach((frame, index) => {
    assert.equal(frame.linkType, linkType);
    assert.ok(Math.abs(frame.at - (expected[index]?.at ?? 0)) < 0.002, `${frame.at}`);
  });
}

for (const precision of ["micro", "nano"] as const) {
  for (const byteOrder of ["little", "big"] as const) {
    test(`reads pcap, ${precision}seconds, ${byteOrder}-endian, in pieces of any size`, async () => {
      const bytes = pcap({ precision, byteOrder, linkType: 113 });
      for (const size of [1, 3, 16, 40, 65_536]) {
        const { seen, damage } = await read(bytes, size);
        assertFrames(seen, 113);
        assert.equal(damage, null);
      }
    });
  }
}

test("reads pcap with the longer records of a patched libpcap", async () => {
  const writer = new PcapWriter();
  const header = Buffer.from(writer.header());
  header.writeUInt32LE(0xa1b2_cd34, 0);
  const records = frames.map((frame, index) => {
    const record = Buffer.from(writer.record(startsAt + index, frame));
    return Buffer.concat([record.subarray(0, 16), Buffer.alloc(8), record.subarray(16)]);
  });
  assertFrames((await read(Buffer.concat([header, ...records]))).seen, 1);
});

test("reads pcap of version 2.2, whose two lengths stand the other way round", async () => {
  const writer = new PcapWriter();
  const header = Buffer.from(writer.header());
  header.writeUInt16LE(2, 6);
  const record = Buffer.from(writer.record(startsAt, Uint8Array.of(1, 2)));
  record.writeUInt32LE(1000, 8);
  record.writeUInt32LE(2, 12);
  const { seen } = await read(Buffer.concat([header, record]));
  assert.deepEqual(seen[0]?.bytes, [1, 2]);
});

for (const byteOrder of ["little", "big"] as const) {
  test(`reads pcapng, ${byteOrder}-endian: interfaces, sections, every packet block, others skipped`, async () => {
    const nanoseconds = BigInt(Math.round(startsAt * 1000)) * 1000n;
    const builder = new PcapngBuilder(byteOrder)
      .section()
      .interface(1)
      .block(0x0bad, new Uint8Array(3000))
      .interface(113, { timeResolution: 9, offsetSeconds: 3600 })
      .enhancedPacket(0, nanoseconds / 1000n, Uint8Array.of(1))
      .enhancedPacket(1, nanoseconds - 3_600_000_000_000n, Uint8Array.of(2))
      .packet(0, nanoseconds / 1000n, Uint8Array.of(3))
      .simplePacket(Uint8Array.of(4, 0, 0, 0))
      .block(5, new Uint8Array(40))
      .section()
      .interface(101, { timeResolution: 0x80 | 10 })
      .enhancedPacket(0, BigInt(1_700_000_000 * 1024), Uint8Array.of(5));
    for (const size of [1, 7, 65_536]) {
      const { seen, damage, packets } = await read(builder.build(), size);
      assert.equal(damage, null);
      assert.equal(packets, 5);
      assert.deepEqual(
        seen.map(({ bytes, linkType }) => [bytes[0], linkType]),
        [
          [1, 1],
          [2, 113],
          [3, 1],
          [4, 1],
          [5, 101],
        ],
      );
      for (const { at } of seen.slice(0, 4)) assert.ok(Math.abs(at - startsAt) < 0.01, `${at}`);
      assert.equal(seen[4]?.at, 1_700_000_000_000);
    }
  });
}

test("a section may have another byte order than the one before", async () => {
  const little = new PcapngBuilder("little").section().interface(1).enhancedPacket(0, 5_000n, Uint8Array.of(1));
  const big = new PcapngBuilder("big").section().interface(1).enhancedPacket(0, 6_000n, Uint8Array.of(2));
  const { seen } = await read(Buffer.concat([little.build(), big.build()]), 11);
  assert.deepEqual(
    seen.map(({ at }) => at),
    [5, 6],
  );
});

test("a simple packet is as long as original, snap length and block allow", async () => {
  const builder = new PcapngBuilder().section().interface(1, { snapLength: 3 });
  const { seen } = await read(
    builder
      .simplePacket(Uint8Array.of(1, 2, 3, 4), 900)
      .simplePacket(Uint8Array.of(9), 1)
      .build(),
  );
  assert.deepEqual(
    seen.map(({ bytes }) => bytes),
    [[1, 2, 3], [9]],
  );
});

test("reads gzip, also of several members", async () => {
  const bytes = pcap();
  for (const cut of [0, 24, 30]) {
    const packed = Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]);
    for (const size of [5, 65_536]) assertFrames((await read(packed, size)).seen, 1);
  }
  const ng = new PcapngBuilder().section().interface(1).enhancedPacket(0, 1n, Uint8Array.of(1)).build();
  assert.equal((await read(gzipSync(ng))).packets, 1);
});

test("gzip that breaks off is damaged, and what came before is given", async () => {
  const writer = new PcapWriter();
  const noise = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7919) % 251);
  const parts = [writer.header()];
  for (let index = 0; index < 3000; index += 1)
    parts.push(
      writer.record(
        index,
        noise.map((value) => value ^ (index & 255)),
      ),
    );
  const packed = gzipSync(Buffer.concat(parts));
  const { packets, damage } = await read(packed.subarray(0, packed.length - 100));
  assert.ok(packets > 2500, `${packets}`);
  assert.equal(damage?.code, "capture-damaged");
  assert.match(damage?.message ?? "", /gzip stream breaks off/);

  const broken = Uint8Array.from(packed);
  broken.fill(0xff, packed.length - 3000, packed.length - 2000);
  const second = await read(broken);
  assert.equal(second.damage?.code, "capture-damaged");
  assert.ok(second.packets > 100, `${second.packets}`);
});

test("a small gzip that unpacks to a lot does not fill the memory", async () => {
  const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const bytes = Buffer.concat([gzipSync(new PcapWriter().header()), zeros, zeros, zeros, zeros]);
  const before = process.memoryUsage().rss;
  let packets = 0;
  const end = await readCaptureStream(inPieces(bytes, 65_536), () => (packets += 1));
  assert.equal(end.packets, packets);
  assert.equal(packets, (256 * 1024 * 1024) / 16);
  const grownMb = (process.memoryUsage().rss - before) / 1_048_576;
  assert.ok(grownMb < 128, `${grownMb} MB`);
});

const damagedFiles: readonly { name: string; bytes: Uint8Array; packets: number; says: RegExp }[] = [
  {
    name: "a last record cut off",
    bytes: pcap().subarray(0, -1),
    packets: 2,
    says: /byte 62 after 2 packets: it ends in the middle/,
  },
  {
    name: "a last header cut off",
    bytes: pcap().subarray(0, 50),
    packets: 1,
    says: /byte 41 after 1 packet: it ends in the middle/,
  },
  {
    name: "an absurd record length",
    bytes: Buffer.concat([pcap(), Buffer.from("00000000000000000000007f0000007f", "hex")]),
    packets: 3,
    says: /after 3 packets: a record claims 2130706432 bytes/,
  },
  {
    name: "a block length that is no multiple of four",
    bytes: new PcapngBuilder()
      .section()
      .interface(1)
      .enhancedPacket(0, 1n, Uint8Array.of(1))
      .block(9, new Uint8Array(4), 17)
      .build(),
    packets: 1,
    says: /a block claims 17 bytes/,
  },
  {
    name: "a packet of an interface that is not described",
    bytes: new PcapngBuilder()
      .section()
      .interface(1)
      .enhancedPacket(0, 1n, Uint8Array.of(1))
      .enhancedPacket(3, 1n, Uint8Array.of(1))
      .build(),
    packets: 1,
    says: /names interface 3/,
  },
  {
    name: "a packet longer than its block",
    bytes: new PcapngBuilder()
      .section()
      .interface(1)
      .enhancedPacket(0, 1n, Uint8Array.of(1))
      .enhancedPacket(0, 1n, Uint8Array.of(1), 99)
      .build(),
    packets: 1,
    says: /claims 99 bytes/,
  },
  {
    name: "a skipped block cut off",
    bytes: new PcapngBuilder()
      .section()
      .interface(1)
      .enhancedPacket(0, 1n, Uint8Array.of(1))
      .block(9, new Uint8Array(4), 4000)
      .build(),
    packets: 1,
    says: /ends in the middle/,
  },
];

for (const { name, bytes, packets, says } of damagedFiles) {
  test(`${name} is damage, and the packets before it are given`, async () => {
    for (const size of [1, 13, 65_536]) {
      const result = await read(bytes, size);
      assert.equal(result.damage?.code, "capture-damaged");
      assert.match(result.damage?.message ?? "", says);
      assert.equal(result.packets, packets);
    }
  });
}

for (const [name, bytes, code] of [
  ["nothing", new Uint8Array(0), "capture-empty"],
  ["three bytes", Uint8Array.of(0xd4, 0xc3, 0xb2), "capture-unknown-format"],
  ["a text", Buffer.from("once upon a time"), "capture-unknown-format"],
  ["a packed text", gzipSync("once upon a time"), "capture-unknown-format"],
  ["packed nothing", gzipSync(""), "capture-empty"],
  ["a pcap variant that we do not read", Buffer.from("a1b234cd000000000000", "hex"), "capture-unknown-format"],
  ["half a pcap header", pcap().subarray(0, 23), "capture-damaged"],
  ["pcap of an unknown version", pcap().with(4, 9), "capture-damaged"],
  ["half a gzip header", gzipSync(pcap()).subarray(0, 12), "capture-damaged"],
] as const) {
  test(`${name} is refused as ${code}`, async () => assert.equal(await refusal(bytes), code));
}

test("a sound file without packets is sound", async () => {
  assert.deepEqual(await read(new PcapWriter().header()), { seen: [], packets: 0, damage: null });
});

test("no bytes whatever throw anything but a SensorError", async () => {
  const sound = [
    pcap(),
    pcap({ byteOrder: "big", precision: "nano" }),
    gzipSync(pcap()),
    new PcapngBuilder()
      .section()
      .interface(1)
      .enhancedPacket(0, 1n, frames[1] as Uint8Array)
      .simplePacket(frames[0] as Uint8Array)
      .build(),
  ];
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...sound),
      changes,
      fc.nat(),
      fc.integer({ min: 1, max: 100 }),
      async (file, changed, cut, size) => {
        const bytes = Uint8Array.from(file.subarray(0, 4 + (cut % file.length)));
        for (const [at, value] of changed) bytes[4 + (at % Math.max(1, bytes.length - 4))] = value;
        try {
          await read(bytes, size);
        } catch (error) {
          assert.ok(error instanceof SensorError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "cordon-capture-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("reads a file larger than its buffers", async (t) => {
  const path = join(folder(t), "large.pcap");
  const writer = new PcapWriter();
  const parts = [writer.header()];
  for (let index = 0; index < 4000; index += 1)
    parts.push(writer.record(index, new Uint8Array(1 + (index % 1500)).fill(index & 255)));
  writeFileSync(path, Buffer.concat(parts));
  let index = 0;
  const end = await readCaptureFile(path, (frame) => {
    const start = frame.start ?? 0;
    const length = (frame.end ?? 0) - start;
    assert.equal(length, 1 + (index % 1500));
    assert.equal(frame.bytes[start], index & 255);
    assert.equal(frame.bytes[start + length - 1], index & 255);
    index += 1;
  });
  assert.deepEqual(end, { packets: 4000, damage: null });
});

test("what is no regular file is refused at once", async (t) => {
  const path = folder(t);
  const pipe = join(path, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const [file, code] of [
    [join(path, "absent"), "capture-not-found"],
    [join(path, "absent", "deeper"), "capture-not-found"],
    [path, "capture-not-a-file"],
    [pipe, "capture-not-a-file"],
    ["/dev/zero", "capture-not-a-file"],
  ] as const) {
    await assert.rejects(
      readCaptureFile(file, () => undefined),
      { name: "SensorError", code },
    );
  }
});
