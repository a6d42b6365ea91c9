import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { encode } from "dns-packet";
import { CaptureServer } from "../../src/capture/capture-server.ts";
import { linkTypes, type Mark, type Side } from "../../src/capture/frame.ts";
import { readerExitCodes } from "../../src/capture/reader-protocol.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { Judge } from "../../src/judge.ts";
import { parseMac } from "../../src/packet/address.ts";
import { address, ethernet, icmp, ipv4, ipv6, netbiosRegistration, udp } from "../../src/packet/frame-builder.ts";
import { createPacket, protocols } from "../../src/packet/packet.ts";
import { parseFrame } from "../../src/packet/parse.ts";
import { WeirdCounter } from "../../src/packet/weird.ts";
import { TestSite, addresses, endInside, macs, patience, whyNoNamespaces } from "./test-site.ts";

interface Seen {
  readonly at: number;
  readonly side: Side;
  readonly mark: Mark;
  readonly rule: string;
  readonly bytes: Buffer;
}

const skip = whyNoNamespaces();

describe("capture from the kernel", { skip, timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let server: CaptureServer;
  let client: ExecutorClient;
  let reader: ReturnType<TestSite["reader"]>;
  let seen: Seen[] = [];
  let wake: () => void = () => {};
  const signal = AbortSignal.timeout(120_000 * patience);

  /** Waits until what was captured is as awaited. */
  const until = async (isAwaited: () => boolean): Promise<void> => {
    while (!isAwaited()) {
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal.addEventListener("abort", () => reject(new Error(`captured only ${seen.length} frames`)), {
          once: true,
        });
      });
    }
  };
  const ofRule = (rule: string, mark: Mark = "seen") =>
    seen.filter((frame) => frame.rule === rule && frame.mark === mark);
  const figures = async (rule: string) => {
    const { handedUp, heldBack } = await client.observe(signal);
    return { handedUp: handedUp[rule] ?? 0, heldBack: heldBack[rule] ?? 0 };
  };
  const startReader = async (): Promise<void> => {
    reader = site.reader();
    await until(() => server.state.isReading);
  };

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = site.client();
    await client.observe(signal);
    server = new CaptureServer({
      socketPath: site.captureSocket,
      ports: { in0: "inside", in1: "inside", out0: "outside" },
      clock: () => Date.now(),
      monotonic: () => performance.now(),
      readNames: () => site.interfaceNames(),
      onFrame: ({ at, side, mark, rule, bytes }) => {
        seen.push({ at, side, mark, rule, bytes: Buffer.from(bytes) });
        wake();
      },
      onReadingChange: () => wake(),
    });
    await server.start();
    await startReader();
  });

  after(async () => {
    client.close();
    await server.close();
    await site.close();
  });

  test("an attempt and its refusal come up with side, mark, rule and the kernel's time", async () => {
    seen = [];
    const startedAt = Date.now();
    await site.traffic("infected", "connect", addresses.provider, 81, 1, 500);
    await until(() => ofRule("refusal").length === 1);
    const [syn] = ofRule("syn");
    const [refusal] = ofRule("refusal");
    assert.ok(syn !== undefined && refusal !== undefined);
    assert.deepEqual([syn.side, refusal.side], ["inside", "outside"]);
    assert.equal(syn.bytes.toString("hex", 0, 14), `${hex(macs.provider)}${hex(macs.infected)}0800`);
    assert.equal(syn.bytes.readUInt16BE(14 + 20 + 2), 81);
    assert.ok(syn.at >= startedAt - 1 && syn.at <= refusal.at && refusal.at <= Date.now() + 1);
    assert.ok(!Number.isInteger(syn.at) || !Number.isInteger(refusal.at), "kernel times have microseconds");
    assert.ok(ofRule("arp").length >= 2);
  });

  test("a single VLAN tag, which the kernel takes out, is back in the frame", async () => {
    seen = [];
    await site.traffic("infected", "syns", macs.infected, macs.provider, 1, 7);
    await until(() => ofRule("syn").length === 1);
    assert.equal(ofRule("syn")[0]?.bytes.toString("hex", 12, 18), "810000070800");
  });

  test("what a machine says of itself on the link comes up whole, and the judge tells it", async () => {
    seen = [];
    const card = parseMac(macs.infected) ?? 0;
    const own = "192.168.77.10";
    const announced = encode({
      type: "response",
      // The record with the name stands far behind the 96 bytes of other datagrams.
      answers: [
        { type: "TXT", name: "filler._http._tcp.local", ttl: 120, data: ["x".repeat(200)] },
        { type: "PTR", name: "_ipp._tcp.local", ttl: 120, data: "Laser._ipp._tcp.local" },
        { type: "A", name: "laser.local", ttl: 120, data: own },
      ],
    });
    const datagram = (port: number, payload: Iterable<number>) =>
      ipv4(protocols.udp, udp(port, port, [...payload]), { source: own, destination: "224.0.0.251" });
    const asked = icmp(135, 0, address("fe80::1"));
    const frames = [
      ethernet(0x0800, datagram(5353, announced), card, 0x0100_5e00_00fb),
      ethernet(0x0800, datagram(137, netbiosRegistration("LASER1", own)), card, 0xffff_ffff_ffff),
      ethernet(
        0x86dd,
        ipv6(58, asked, { source: "fe80::77", destination: "ff02::1", hopLimit: 255 }),
        card,
        0x3333_0000_0001,
      ),
    ];
    await site.traffic(
      "infected",
      "frames",
      frames.map((bytes) => Buffer.from(bytes).toString("hex")),
    );
    const from = (rule: string) =>
      ofRule(rule).filter(({ bytes }) => bytes.toString("hex", 6, 12) === hex(macs.infected));
    await until(() => from("names").length >= 2 && from("neighbour").length > 0);
    const judge = new Judge({ localNets: [], declared: [], exclude: [] });
    const packet = createPacket();
    for (const { at, side, mark, bytes } of [...from("names"), ...from("neighbour")]) {
      if (parseFrame({ at, side, mark, bytes, linkType: linkTypes.ethernet }, packet, new WeirdCounter()))
        judge.observe(packet);
    }
    const host = judge.hosts().find(({ mac }) => mac === macs.infected);
    assert.deepEqual(
      host?.names?.map(({ source, name }) => [source, name]),
      [
        ["mdns", "laser"],
        ["netbios", "LASER1"],
      ],
    );
    assert.deepEqual([host?.role.name, host?.role.guessed], ["printer", true]);
    assert.ok(host?.addresses.includes("fe80::77") && host.addresses.includes(own));
  });

  test("of a retry storm five copies come up, and the rest is counted exactly", async () => {
    seen = [];
    const before = { offered: await site.synsOffered(), ...(await figures("syn")) };
    await site.traffic("infected", "connect", addresses.provider, 82, 300, 500);
    const offered = (await site.synsOffered()) - before.offered;
    const after = await figures("syn");
    const handedUp = after.handedUp - before.handedUp;
    assert.equal(offered, 300);
    assert.equal(handedUp + after.heldBack - before.heldBack, offered);
    // Five at once and one more each ten seconds, of which the storm may span one.
    assert.ok(handedUp >= 5 && handedUp <= 6, `${handedUp} copies`);
    await until(() => ofRule("syn").length >= handedUp);
    assert.equal(ofRule("syn").length, handedUp);
  });

  test("of a scan of 200 dark targets every attempt comes up", async () => {
    seen = [];
    const before = { offered: await site.synsOffered(), ...(await figures("syn")) };
    const outcomes = await site.traffic<{ silent: number }>("infected", "scan", "198.18", 200, 445);
    assert.equal(outcomes.silent, 200);
    const after = await figures("syn");
    assert.equal((await site.synsOffered()) - before.offered, 200);
    assert.deepEqual(
      { handedUp: after.handedUp - before.handedUp, heldBack: after.heldBack - before.heldBack },
      { handedUp: 200, heldBack: 0 },
    );
    await until(() => ofRule("syn").length >= 200);
    assert.equal(new Set(ofRule("syn").map(({ bytes }) => bytes.readUInt32BE(30))).size, 200);
  });

  test("a flooding machine is held back, counted exactly, and hides no other", async () => {
    seen = [];
    const before = { offered: await site.synsOffered(), ...(await figures("syn")) };
    // More targets than a set has room for.
    await site.traffic("infected", "syns", macs.infected, macs.provider, 6000, -1);
    await site.traffic("neighbour", "connect", addresses.provider, 83, 1, 500);
    const after = await figures("syn");
    const handedUp = after.handedUp - before.handedUp;
    const heldBack = after.heldBack - before.heldBack;
    assert.equal((await site.synsOffered()) - before.offered, 6001);
    assert.equal(handedUp + heldBack, 6001);
    assert.ok(heldBack > 3000, `${heldBack} held back`);
    await until(() => ofRule("syn").length >= handedUp);
    assert.equal(ofRule("syn").length, handedUp);
    assert.equal(ofRule("syn").filter(({ bytes }) => bytes.toString("hex", 6, 12) === hex(macs.neighbour)).length, 1);
  });

  test("what a quarantine stops comes up as stopped, so that it does not look like silence", async () => {
    seen = [];
    await client.apply([{ kind: "quarantine-add", mac: macs.neighbour }], signal);
    await site.traffic("neighbour", "connect", addresses.provider, 84, 2, 300);
    await site.traffic("neighbour", "datagrams", addresses.provider, 9, 10, 100, 0);
    await until(() => ofRule("syn", "stopped").length >= 2 && ofRule("udp", "stopped").length >= 1);
    assert.equal(ofRule("syn").length, 0);
    assert.equal(ofRule("syn", "stopped").length, 2);
    assert.equal(ofRule("udp", "stopped").length, 1, "of a UDP pair the first packet only");
    assert.equal(ofRule("syn", "stopped")[0]?.side, "inside");
    const { handedUp, heldBack } = await client.observe(signal);
    assert.deepEqual([handedUp["stopped-udp"], heldBack["stopped-udp"]], [1, 9]);
    await client.apply([{ kind: "quarantine-remove", mac: macs.neighbour }], signal);
  });

  test("a killed reader is noticed, and its successor reads on", async () => {
    await endInside(reader, "SIGKILL");
    await until(() => !server.state.isReading);
    await startReader();
    seen = [];
    await site.traffic("infected", "connect", addresses.provider, 85, 1, 500);
    await until(() => ofRule("syn").length === 1);
  });

  test("a reader waits for a group that another is about to let go of", async () => {
    const child = site.reader();
    // It is connected, and takes the place of the other at the judge, but it has no group yet.
    await until(() => !server.state.isReading);
    await endInside(reader, "SIGKILL").catch(() => {});
    await until(() => server.state.isReading);
    reader = child;
  });

  test("a group that stays taken ends the reader with a code of its own", async () => {
    const cap = JSON.stringify(createRequire(import.meta.url).resolve("cap"));
    const script = `globalThis.cap = new (require(${cap}).Cap)(); cap.open("nflog:72", "", 1e6, Buffer.alloc(1e5)); process.stdout.write("held"); process.stdin.resume();`;
    const [program, args] = site.at("box", [process.execPath, "-e", script]);
    const holder = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    await once(holder.stdout, "data");
    const lines: string[] = [];
    const child = site.reader((line) => lines.push(line), 72);
    const [code] = (await once(child, "exit")) as [number];
    holder.stdin.end();
    assert.equal(code, readerExitCodes.groupBusy);
    assert.match(lines.join("\n"), /cannot open log group 72/);
    await startReader();
  });

  test("a reader ends with its stdin, and with the judge", async () => {
    const gone = once(reader, "exit");
    reader.stdin?.end();
    assert.equal((await gone)[0], readerExitCodes.closed);
    await startReader();
    const goneToo = once(reader, "exit");
    await server.close();
    assert.equal((await goneToo)[0], readerExitCodes.closed);
  });
});

function hex(mac: string): string {
  return mac.replaceAll(":", "");
}
