import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linkTypes } from "./frame.ts";
import { NflogDecoder } from "./nflog.ts";

const receivedAt = 1_800_000_000_000;
const nested = 0x8000;

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + value.length, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

const linkHeader = Buffer.from("020000000001020000000002" + "0800", "hex");
const payload = Buffer.from("4500001400000000400600000a0000010a000002", "hex");

interface Parts {
  readonly family?: number;
  readonly prefix?: string | null;
  readonly physindev?: number | null;
  readonly indev?: number;
  readonly timestampMs?: number | null;
  readonly link?: { readonly type: number; readonly value: Buffer } | null;
  readonly vlan?: Buffer | null;
  readonly payload?: Buffer | null;
}

/** A record as the kernel's bridge family makes it. */
function aRecord(parts: Parts = {}): Buffer {
  const { family = 7, prefix = "cordon:seen:syn \0", physindev = 3, indev = 9, timestampMs = null } = parts;
  const { link = { type: 21, value: linkHeader }, vlan = null } = parts;
  const body = parts.payload === undefined ? payload : parts.payload;
  return Buffer.concat([
    Buffer.from([family, 0, 0, 71]),
    attribute(1, Buffer.from("08000200", "hex")),
    prefix === null ? Buffer.alloc(0) : attribute(10, Buffer.from(prefix, "latin1")),
    attribute(4, uint32(indev)),
    physindev === null ? Buffer.alloc(0) : attribute(6, uint32(physindev)),
    link === null ? Buffer.alloc(0) : attribute(link.type, link.value),
    vlan === null ? Buffer.alloc(0) : attribute(20 | nested, vlan),
    timestampMs === null
      ? Buffer.alloc(0)
      : attribute(
          3,
          Buffer.concat([
            uint32(0),
            uint32(Math.floor(timestampMs / 1000)),
            uint32(0),
            uint32(Math.round((timestampMs % 1000) * 1000)),
          ]),
        ),
    body === null ? Buffer.alloc(0) : attribute(9, body),
  ]);
}

function aDecoder(): NflogDecoder {
  return new NflogDecoder({ sideOf: (index) => (index === 3 ? "inside" : index === 4 ? "outside" : null) });
}

function decoded(record: Buffer) {
  const decoder = aDecoder();
  const frame = decoder.decode(record, receivedAt);
  if (frame === null) return { weird: Object.fromEntries(decoder.weird) };
  const { at, side, mark, rule, interfaceIndex, linkType } = frame;
  return { at, side, mark, rule, interfaceIndex, linkType, bytes: Buffer.from(frame.bytes).toString("hex") };
}

const plain = {
  at: receivedAt,
  side: "inside",
  mark: "seen",
  rule: "syn",
  interfaceIndex: 3,
  linkType: linkTypes.ethernet,
  bytes: linkHeader.toString("hex") + payload.toString("hex"),
};

const tag = Buffer.concat([attribute(1, uint16(0x8100)), attribute(2, uint16(0x2007))]);
const tagged = `020000000001020000000002${"8100"}${"2007"}${"0800"}${payload.toString("hex")}`;

const cases: readonly { readonly name: string; readonly record: Buffer; readonly expected: unknown }[] = [
  { name: "link header and payload become one frame", record: aRecord(), expected: plain },
  {
    name: "the kernel's time counts",
    record: aRecord({ timestampMs: receivedAt - 12.345 }),
    expected: { ...plain, at: receivedAt - 12.345 },
  },
  {
    name: "a kernel time far from ours does not count",
    record: aRecord({ timestampMs: receivedAt - 3_600_000 }),
    expected: plain,
  },
  {
    name: "the port is physindev in family bridge",
    record: aRecord({ physindev: 4, indev: 3 }),
    expected: { ...plain, side: "outside", interfaceIndex: 4 },
  },
  {
    name: "the port is indev in family netdev",
    record: aRecord({ family: 5, physindev: null, indev: 4 }),
    expected: { ...plain, side: "outside", interfaceIndex: 4 },
  },
  {
    name: "a port of neither side has none",
    record: aRecord({ physindev: 17 }),
    expected: { ...plain, side: null, interfaceIndex: 17 },
  },
  {
    name: "what we stopped is marked",
    record: aRecord({ prefix: "cordon:stopped:icmp \0" }),
    expected: { ...plain, mark: "stopped", rule: "icmp" },
  },
  {
    name: "a rule's name may have hyphens, and its space may be cut off",
    record: aRecord({ prefix: "cordon:seen:icmp-error\0" }),
    expected: { ...plain, rule: "icmp-error" },
  },
  { name: "the VLAN tag is put back", record: aRecord({ vlan: tag }), expected: { ...plain, bytes: tagged } },
  {
    name: "a VLAN attribute without both parts is no tag",
    record: aRecord({ vlan: attribute(1, uint16(0x8100)) }),
    expected: plain,
  },
  {
    name: "HWHEADER serves where L2HDR is missing",
    record: aRecord({ link: { type: 16, value: linkHeader } }),
    expected: plain,
  },
  { name: "empty", record: Buffer.alloc(0), expected: { weird: { "nflog-short": 1 } } },
  { name: "another version", record: Buffer.from([7, 1, 0, 71]), expected: { weird: { "nflog-version": 1 } } },
  {
    name: "another's prefix",
    record: aRecord({ prefix: "DROP: \0" }),
    expected: { weird: { "nflog-foreign-prefix": 1 } },
  },
  { name: "no prefix", record: aRecord({ prefix: null }), expected: { weird: { "nflog-foreign-prefix": 1 } } },
  { name: "no link header", record: aRecord({ link: null }), expected: { weird: { "nflog-no-link-header": 1 } } },
  {
    name: "a short link header",
    record: aRecord({ link: { type: 21, value: linkHeader.subarray(0, 13) } }),
    expected: { weird: { "nflog-no-link-header": 1 } },
  },
  { name: "no payload", record: aRecord({ payload: null }), expected: { weird: { "nflog-no-payload": 1 } } },
  {
    name: "cut in the middle of an attribute",
    record: aRecord().subarray(0, -3),
    expected: { weird: { "nflog-truncated": 1 } },
  },
  {
    name: "an attribute of length 0",
    record: Buffer.from([7, 0, 0, 71, 0, 0, 9, 0]),
    expected: { weird: { "nflog-truncated": 1 } },
  },
  {
    name: "more than a frame can be",
    record: aRecord({ payload: Buffer.alloc(65_500), link: { type: 21, value: Buffer.alloc(200) } }),
    expected: { weird: { "nflog-oversized": 1 } },
  },
];

for (const { name, record, expected } of cases) {
  test(`record: ${name}`, () => {
    assert.deepEqual(decoded(record), expected);
  });
}

test("any bytes give a frame or a count, never a throw", () => {
  const decoder = aDecoder();
  let records = 0;
  let frames = 0;
  const take = (record: Buffer) => {
    records++;
    if (decoder.decode(record, receivedAt) !== null) frames++;
    assert.equal([...decoder.weird.values()].reduce((sum, count) => sum + count, 0) + frames, records);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => take(Buffer.from(bytes))));
  const valid = aRecord({ vlan: tag, timestampMs: receivedAt });
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, value, length) => {
      const record = Buffer.from(valid.subarray(0, length));
      if (at < record.length) record[at] = value;
      take(record);
    }),
    { numRuns: 2000 },
  );
});
