import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PcapWriter } from "../capture/capture-file/write-pcap.ts";
import { linkTypes } from "../capture/frame.ts";
import { arp, ethernet, icmp, ipv4, ipv6, tag, tcp, tcpFrame, text, udp } from "../packet/frame-builder.ts";
import { tcpFlags } from "../packet/packet.ts";
import { judgeStream } from "./judge-capture.ts";

const startsAt = 1_767_225_600_000;

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function capture(frames: readonly Uint8Array[], everyMs = 50, linkType: number = linkTypes.ethernet): Uint8Array {
  const writer = new PcapWriter({ linkType });
  return Buffer.concat([
    writer.header(),
    ...frames.map((frame, index) => writer.record(startsAt + index * everyMs, frame)),
  ]);
}

/** One machine searches port 445, another fetches pages and is answered. */
function office(): Uint8Array[] {
  return Array.from({ length: 60 }, (_, index) => {
    const page = { source: "192.168.1.30", destination: `192.0.2.${index}` };
    return [
      tcpFrame({ destination: `198.51.100.${index}`, sourcePort: 40_000 + index }),
      ethernet(0x0800, ipv4(6, tcp({ destinationPort: 443 }), page), 0x0200_0000_0030),
      ethernet(
        0x0800,
        ipv4(6, tcp({ sourcePort: 443, destinationPort: 49_152, flags: tcpFlags.syn | tcpFlags.ack }), {
          source: page.destination,
          destination: page.source,
        }),
        0x0200_0000_0001,
        0x0200_0000_0030,
      ),
      ethernet(0x0806, arp(1, 0x0200_0000_0030, "192.168.1.30", "192.168.1.1"), 0x0200_0000_0030),
    ];
  }).flat();
}

test("the verdicts do not depend on how the file was cut into chunks", async () => {
  const bytes = capture(office());
  const whole = await judgeStream("office", inPieces(bytes, bytes.length));
  assert.ok(whole.hosts.some(({ verdict }) => verdict === "infected"));
  for (const size of [100, 4097]) assert.deepEqual(await judgeStream("office", inPieces(bytes, size)), whole);
});

test("what was held back and what the judge got add up to what fits the rules", async () => {
  const storm = Array.from({ length: 500 }, (_, index) => tcpFrame({ sourcePort: 40_000 + index }));
  const report = await judgeStream("storm", inPieces(capture(storm, 1), 65_536));
  assert.deepEqual([report.handedUp["syn"], report.heldBack["syn"]], [5, 495]);
  assert.equal(report.packets, 500);
});

for (const { name, everyMs, silentOf, verdict } of [
  {
    name: "a crawler whose strangers answer but for a fifth, more than is copied of it",
    everyMs: 2.5,
    silentOf: 5,
    verdict: "watched",
  },
  { name: "a scanner as fast", everyMs: 2.5, silentOf: 1, verdict: "watched" },
  { name: "a crawler at a hundred a second", everyMs: 10, silentOf: 5, verdict: "clear" },
  { name: "a scanner at a hundred a second", everyMs: 10, silentOf: 1, verdict: "infected" },
] as const) {
  test(`${name}: ${verdict}`, async () => {
    const writer = new PcapWriter();
    const records: { at: number; frame: Uint8Array }[] = [];
    for (let index = 0; index < 4000; index += 1) {
      const at = startsAt + index * everyMs;
      const to = { source: "192.168.1.10", destination: `20.${index >> 8}.${index & 0xff}.7` };
      const back = { source: to.destination, destination: to.source };
      const [mine, router] = [0x0200_0000_0010, 0x0200_0000_0001];
      const sourcePort = 10_000 + index;
      const call = ipv4(6, tcp({ destinationPort: 443, sourcePort, sequence: index * 7919 }), to);
      records.push({ at, frame: ethernet(0x0800, call, mine, router) });
      if (index % silentOf === 0) continue;
      const flags = tcpFlags.syn | tcpFlags.ack;
      const answer = ipv4(6, tcp({ sourcePort: 443, destinationPort: sourcePort, flags }), back);
      records.push({ at: at + 31.3, frame: ethernet(0x0800, answer, router, mine) });
    }
    records.sort((a, b) => a.at - b.at);
    const bytes = Buffer.concat([writer.header(), ...records.map(({ at, frame }) => writer.record(at, frame))]);
    const report = await judgeStream("fast", inPieces(bytes, 65_536));
    assert.equal((report.heldBack["syn"] ?? 0) > 500, everyMs < 5);
    const host = report.hosts.find(({ addresses }) => addresses.includes("192.168.1.10"));
    assert.equal(host?.verdict, verdict, JSON.stringify(host?.evidence));
  });
}

test("a file that was made at a mirror, every frame twice, is judged as one that was not", async () => {
  const [mine, router] = [0x0200_0000_0010, 0x0200_0000_0001];
  // Passwords of a terminal are guessed: as many calls in two minutes as the limits hand up, so that none may be lost.
  const frames = Array.from({ length: 40 }, (_, index) => {
    const to = { source: "192.168.1.10", destination: "203.0.113.9" };
    const back = { source: to.destination, destination: to.source };
    const ports = { destinationPort: 23, sourcePort: 10_000 + index };
    const answered = { sourcePort: 23, destinationPort: ports.sourcePort, flags: tcpFlags.syn | tcpFlags.ack };
    return [
      ethernet(0x0800, ipv4(6, tcp({ ...ports, sequence: index * 7919 }), to), mine, router),
      ethernet(0x0800, ipv4(6, tcp(answered), back), router, mine),
    ];
  }).flat();
  const judged = (bytes: Uint8Array, isDoubled: boolean) =>
    judgeStream("guesses", inPieces(bytes, 65_536), { isDoubled });
  const [once, twice] = [await judged(capture(frames, 1500), false), await judged(capture(frames, 1500), true)];
  const found = ({ hosts }: typeof once) => hosts.map(({ host, verdict, evidence }) => ({ host, verdict, evidence }));
  assert.equal(once.hosts.find(({ addresses }) => addresses.includes("192.168.1.10"))?.verdict, "suspect");
  assert.deepEqual(found(twice), found(once));
});

test("no capture whatever makes judging throw, and its report is JSON", async () => {
  const sound = [
    ...office().slice(0, 8),
    ethernet(0x0800, ipv4(6, tcp({ destinationPort: 25, flags: 0x18 }, text("EHLO desk.example.test\r\n")))),
    ethernet(0x86dd, ipv6(6, tcp({ destinationPort: 25 }))),
    ethernet(0x8100, tag(7, 0x0800, ipv4(17, udp(53, 4000, [0, 1, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0])))),
    ethernet(0x0800, ipv4(1, icmp(3, 1, ipv4(6, tcp())))),
    ethernet(0x0800, ipv4(17, udp(68, 67, Array<number>(300).fill(1)))),
  ];
  const frame = fc
    .tuple(fc.constantFrom(...sound), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }), fc.nat(500))
    .map(([original, changes, cut]) => {
      const bytes = Uint8Array.from(original);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return cut < bytes.length / 4 ? bytes.subarray(0, cut) : bytes;
    });
  const times = fc.array(fc.double({ min: 0, max: 4e12, noNaN: true }), { minLength: 60, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 60 }),
      times,
      fc.constantFrom(...Object.values(linkTypes)),
      async (frames, at, linkType) => {
        const writer = new PcapWriter({ linkType: frames.length % 3 === 0 ? linkType : linkTypes.ethernet });
        const records = frames.map((bytes, index) =>
          writer.record(index % 7 === 0 ? (at[index] ?? 0) : startsAt + index, bytes),
        );
        const report = await judgeStream("fuzz", inPieces(Buffer.concat([writer.header(), ...records]), 512));
        assert.equal(report.packets, frames.length);
        assert.doesNotMatch(JSON.stringify(report), /NaN|undefined/);
        for (const host of report.hosts) assert.ok(Number.isFinite(host.score));
      },
    ),
    { numRuns: 150 },
  );
});
