import assert from "node:assert/strict";
import { test } from "node:test";
import { readCaptureFile } from "../capture/capture-file/read-capture-file.ts";
import type { Side } from "../capture/frame.ts";
import { Selector } from "../capture/selector.ts";
import { aFrame, arp, ethernet, ipv4, pppoe, tag, tcp } from "../packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { findPlacement, type PlacementFinding, type PortLinks } from "./find-placement.ts";
import { LineTraffic } from "./line-traffic.ts";

const ports = { inside: "in0", outside: "out0" };
const everybody = 0xffff_ffff_ffff;
const router = 0x02_00_00_00_00_fe;
const box = 0x02_00_00_00_00_99;
const machine = (number: number) => 0x02_00_00_00_01_00 + number;
const stranger = (number: number) => `198.51.100.${number}`;

/** A line, told packet by packet; a second passes with each. */
class Line {
  readonly traffic = new LineTraffic({ localNets: [], ports });
  readonly #packet = createPacket();
  readonly #weird = new WeirdCounter();
  at = 1_000_000;

  constructor() {
    this.traffic.setOwnMacs(["02:00:00:00:00:99"]);
  }

  frame(side: Side, bytes: Uint8Array, afterMs = 1000): this {
    this.at += afterMs;
    assert.ok(parseFrame(aFrame(bytes, { at: this.at, side }), this.#packet, this.#weird));
    this.traffic.observe(this.#packet);
    return this;
  }

  segment(side: Side, from: Host, to: Host, flags: number): this {
    const { address: source, ttl = 64 } = from;
    const packet = ipv4(protocols.tcp, tcp({ flags }), { source, destination: to.address, ttl });
    return this.frame(side, ethernet(0x0800, packet, from.mac, to.mac));
  }

  /** A question out and its answer back. */
  exchange(asking: Side, answering: Side, from: Host, to: Host): this {
    this.segment(asking, from, to, tcpFlags.syn);
    return this.segment(answering, to, from, tcpFlags.syn | tcpFlags.ack);
  }

  find(links?: PortLinks): PlacementFinding {
    return findPlacement(this.traffic.facts(this.at), links);
  }
}

interface Host {
  readonly mac: number;
  readonly address: string;
  readonly ttl?: number;
}

const inOffice = (number: number): Host => ({ mac: machine(number), address: `192.168.1.${number}` });
const beyond = (number: number): Host => ({ mac: router, address: stranger(number) });
/** The router's outer side, as seen between it and the modem. */
const outerRouter: Host = { mac: machine(200), address: "203.0.113.9" };

function office(line: Line, asking: Side, answering: Side, machines = 4): Line {
  for (let number = 1; number <= 8; number += 1) {
    line.exchange(asking, answering, inOffice((number % machines) + 1), beyond(number));
  }
  return line;
}

function outside(line: Line, asking: Side, answering: Side): Line {
  for (let number = 1; number <= 8; number += 1) line.exchange(asking, answering, outerRouter, beyond(number));
  return line;
}

/** A router behind another one: its outer address is private too. */
function passedOn(line: Line, calls: number): Line {
  for (let number = 1; number <= calls; number += 1) {
    line.exchange("inside", "outside", { ...inOffice(99), ttl: 127 }, beyond(number));
  }
  return line;
}

function scanningPrivately(line: Line): Line {
  for (let number = 1; number <= 40; number += 1) {
    const target: Host = { mac: router, address: `10.0.0.${number}` };
    line.segment("inside", outerRouter, target, tcpFlags.syn);
    if (number % 8 === 0) line.segment("outside", target, outerRouter, tcpFlags.rst | tcpFlags.ack);
  }
  return line;
}

const faultsIn = (finding: PlacementFinding) => finding.faults.map(({ kind }) => kind);

for (const { name, line, kind, faults = [], says } of [
  { name: "nothing at all", line: new Line(), kind: null, says: /Too little has been seen/ },
  {
    name: "several machines inside, the Internet outside",
    line: office(new Line(), "inside", "outside"),
    kind: "lan",
    says: /Several machines ask for the Internet by the inside port/,
  },
  {
    name: "the same with the ports changed over",
    line: office(new Line(), "outside", "inside"),
    kind: "lan",
    faults: ["ports-swapped"],
    says: /by the outside port, with addresses of the site/,
  },
  {
    name: "one machine alone, which may be a router",
    line: office(new Line(), "inside", "outside", 1),
    kind: null,
    says: /may be a router with others behind it/,
  },
  {
    name: "one machine alone that passes on what others send",
    line: passedOn(new Line(), 4),
    kind: "wan",
    says: /one machine that passes on what others send/,
  },
  {
    name: "a router among machines of the site",
    line: office(passedOn(new Line(), 4), "inside", "outside"),
    kind: "lan",
    says: /Several machines ask for the Internet by the inside port/,
  },
  {
    name: "a router's outer side, from which a worm also looks for private addresses, some of which answer",
    line: scanningPrivately(outside(new Line(), "inside", "outside")),
    kind: "wan",
    says: /one address that is none of the site's/,
  },
  {
    name: "one public address that asks for everything",
    line: outside(new Line(), "inside", "outside"),
    kind: "wan",
    says: /one address that is none of the site's/,
  },
  {
    name: "that with the ports changed over",
    line: outside(new Line(), "outside", "inside"),
    kind: "wan",
    faults: ["ports-swapped"],
    says: /by the outside port comes from one address/,
  },
  {
    name: "questions and answers by one port",
    line: office(new Line(), "inside", "inside"),
    kind: "mirror",
    says: /both come in by the inside port/,
  },
  {
    name: "a capture that names no ports",
    line: office(new Line(), null, null),
    kind: null,
    says: /does not say by which port/,
  },
] as const) {
  test(`${name}: ${kind ?? "unknown"}${faults.length > 0 ? `, ${faults.join()}` : ""}`, () => {
    const finding = line.find();
    assert.equal(finding.kind, kind);
    assert.match(finding.reasons.join(" "), says);
    assert.deepEqual(faultsIn(finding), faults);
    const sentences = [...finding.reasons, ...finding.blindSpots, ...finding.faults.map(({ text }) => text)];
    assert.equal(new Set(sentences).size, sentences.length, "each reason once");
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].{0,198}\.$/);
  });
}

test("PPPoE behind a tag is a router that dials through the box", () => {
  const line = new Line();
  for (let number = 1; number <= 8; number += 1) {
    const packet = ipv4(protocols.tcp, tcp(), { source: outerRouter.address, destination: stranger(number) });
    line.frame("inside", ethernet(0x8100, tag(7, 0x8864, pppoe(0x0021, packet)), outerRouter.mac, router));
  }
  const { kind, reasons } = line.find();
  assert.equal(kind, "wan");
  assert.match(reasons.join(" "), /PPPoE/);
});

test("machines that give the box what is for the Internet have it for a router", () => {
  const line = new Line();
  line.segment("inside", inOffice(1), { mac: box, address: stranger(1) }, tcpFlags.syn);
  assert.equal(line.find().kind, "gateway");
});

test("a worm that forges strangers' answers swaps no ports", () => {
  const line = office(new Line(), "inside", "outside");
  for (let number = 20; number < 120; number += 1) {
    line.segment("inside", { mac: machine(1), address: stranger(number) }, inOffice(2), tcpFlags.syn | tcpFlags.ack);
  }
  assert.ok(!faultsIn(line.find()).includes("ports-swapped"));
});

test("scans from the Internet make no placement", () => {
  const line = new Line();
  for (let number = 1; number <= 50; number += 1) {
    line.segment("outside", beyond(number), outerRouter, tcpFlags.syn);
  }
  const finding = line.find();
  assert.equal(finding.kind, null);
  assert.ok(!faultsIn(finding).includes("ports-swapped"));
});

test("a quiet night changes nothing of what is known", () => {
  const line = office(new Line(), "inside", "outside");
  const before = line.find();
  line.at += 10 * 3600_000;
  assert.deepEqual(line.find(), before);
});

test("cables that are changed over are noticed, and right again when they are", () => {
  const line = office(new Line(), "inside", "outside");
  line.at += 600_000;
  office(line, "outside", "inside");
  // The first machine that was seen on its old port within the window is not taken for a loop.
  assert.deepEqual(faultsIn(line.find()), ["ports-swapped"]);
  line.at += 600_000;
  office(line, "inside", "outside");
  assert.deepEqual(faultsIn(line.find()), []);
});

test("machines on both sides within seconds are a loop, one that walks is none", () => {
  const line = office(new Line(), "inside", "outside");
  const everywhere = (number: number) => {
    for (const side of ["inside", "outside"] as const) {
      const question = arp(1, machine(number), `192.168.1.${number}`, "192.168.1.254");
      line.frame(side, ethernet(0x0806, question, machine(number), everybody), 10);
    }
  };
  everywhere(1);
  everywhere(2);
  assert.deepEqual(faultsIn(line.find()), []);
  everywhere(3);
  const finding = line.find();
  assert.equal(finding.kind, null);
  assert.deepEqual(faultsIn(finding), ["loop"]);
  assert.match(finding.faults[0]?.text ?? "", /the same machines send by both ports/);
  line.at += 60_000;
  assert.deepEqual(faultsIn(line.find()), [], "over when it is unplugged");
});

test("a frame of the box itself that comes back is a loop at once", () => {
  const line = office(new Line(), "inside", "outside");
  line.frame("outside", ethernet(0x0806, arp(1, box, "192.168.1.9", "192.168.1.254"), box, everybody));
  assert.match(line.find().faults[0]?.text ?? "", /frames of the box itself come back/);
});

test("machines that change ports in the bridge's address table are a loop too", () => {
  const line = new Line();
  const table = (port: string) => [1, 2, 3].map((number) => ({ mac: `02:00:00:00:01:0${number}`, port, isOwn: false }));
  line.traffic.learn(table("in0"), line.at);
  assert.deepEqual(faultsIn(line.find()), []);
  line.traffic.learn(table("out0"), line.at);
  assert.deepEqual(faultsIn(line.find()), ["loop"]);
});

test("the address table is said in words that do not change with every machine", () => {
  const line = new Line();
  const entries = [1, 2, 3].map((number) => ({ mac: `02:00:00:00:01:0${number}`, port: "in0", isOwn: false }));
  const own = { mac: "02:00:00:00:00:99", port: "out0", isOwn: true };
  const others = { mac: "33:33:00:00:00:01", port: "out0", isOwn: false };
  line.traffic.learn([...entries, own, others], line.at);
  assert.match(line.find().reasons.join(" "), /several machines by the inside port and no machine by the outside port/);
});

const questions = (line: Line, count: number, everyMs: number) => {
  for (let asked = 0; asked < count; asked += 1) {
    const question = arp(1, machine(1), "192.168.1.1", "192.168.1.254");
    line.frame("inside", ethernet(0x0806, question, machine(1), everybody), everyMs);
  }
  return line;
};

test("a router that answers nothing for a minute is a dead side, unless the bridge has heard it lately", () => {
  const line = questions(office(new Line(), "inside", "outside"), 12, 2000);
  assert.deepEqual(faultsIn(line.find()), [], "not yet");
  questions(line, 30, 2000);
  assert.deepEqual(faultsIn(line.find()), ["side-dead"]);
  line.traffic.learn([{ mac: "02:00:00:00:00:fe", port: "out0", isOwn: false }], line.at);
  assert.deepEqual(faultsIn(line.find()), []);
});

test("a site where nobody wants anything has no dead side", () => {
  const line = office(new Line(), "inside", "outside");
  questions(line, 3, 1000);
  line.at += 3600_000;
  assert.deepEqual(faultsIn(line.find()), []);
});

test("machines that sleep while the router looks for them are no dead side", () => {
  const line = new Line();
  for (let asked = 0; asked < 60; asked += 1) {
    const question = arp(1, router, "192.168.1.254", "192.168.1.1");
    line.frame("outside", ethernet(0x0806, question, router, everybody), 2000);
  }
  assert.deepEqual(faultsIn(line.find()), []);
});

test("a port without a link is a dead side at once", () => {
  const line = new Line();
  const [one] = line.find({ inside: true, outside: false }).faults;
  assert.match(one?.text ?? "", /the outside port has no link/);
  const [both] = line.find({ inside: false, outside: false }).faults;
  assert.match(both?.text ?? "", /neither port has a link/);
  assert.deepEqual(line.find({ inside: null, outside: true }).faults, []);
});

test("a port that only brings what is sent to all is an ordinary switch port, and says so", () => {
  const line = questions(new Line(), 5, 1000);
  assert.match(line.find().blindSpots.join(), /an ordinary switch port/);
  office(line, "inside", "outside");
  assert.deepEqual(line.find().blindSpots, []);
});

const recording = new URL("../../lab/data/office-outbreak.pcap.gz", import.meta.url).pathname;

/** The recording of the lab's office, with what the router sends said to come by the one port and all else by the other. */
async function recorded(machines: Side, provider: Side): Promise<PlacementFinding> {
  const traffic = new LineTraffic({ localNets: [], ports });
  const selector = new Selector();
  const packet = createPacket();
  const weird = new WeirdCounter();
  let at = 0;
  // Who sends what comes from elsewhere is the router.
  const routers = new Set<number>();
  const isPrivate = (first: number, second: number) =>
    first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168);
  for (const isSecondRound of [false, true]) {
    await readCaptureFile(recording, (frame) => {
      if (!parseFrame(frame, packet, weird)) return;
      if (!isSecondRound) {
        const [first = 0, second = 0] = packet.bytes.subarray(packet.sourceOffset);
        if (packet.family === 4 && first > 0 && !isPrivate(first, second)) routers.add(packet.sourceMac);
        return;
      }
      packet.side = routers.has(packet.sourceMac) ? provider : machines;
      at = packet.at;
      if (selector.select(packet) !== null) traffic.observe(packet);
    });
  }
  assert.equal(routers.size, 1);
  return findPlacement(traffic.facts(at));
}

test("the lab's office is a lan", async () => {
  const finding = await recorded("inside", "outside");
  assert.equal(finding.kind, "lan");
  assert.deepEqual(finding.faults, []);
  assert.deepEqual(await recorded("inside", "outside"), finding, "the same each time");
});

test("the lab's office with its ports changed over is noticed", async () => {
  const finding = await recorded("outside", "inside");
  assert.equal(finding.kind, "lan");
  assert.deepEqual(faultsIn(finding), ["ports-swapped"]);
});

test("a copy of the lab's office by one port is a mirror", async () => {
  assert.equal((await recorded("inside", "inside")).kind, "mirror");
});
