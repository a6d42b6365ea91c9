import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { CaptureServer } from "../../src/capture/capture-server.ts";
import { Selector } from "../../src/capture/selector.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { parseMac } from "../../src/packet/address.ts";
import { ethernet, icmp, ipv4, ipv6, tag } from "../../src/packet/frame-builder.ts";
import { createPacket } from "../../src/packet/packet.ts";
import { parseFrame } from "../../src/packet/parse.ts";
import { WeirdCounter } from "../../src/packet/weird.ts";
import { TestSite, addresses, addresses6, macs, patience, whyNoNamespaces } from "./test-site.ts";

const everythingGroup = 73;

/** A walk through the protocols over IP, those of every office among them, as hex. */
function otherProtocols(): string[] {
  const [source, destination] = [parseMac(macs.infected), parseMac(macs.provider)];
  const fields = { source: addresses.infected, destination: addresses.provider };
  return Array.from({ length: 90 }, (_, index) => {
    const packet = ipv4(40 + index, [0, 0, 0, 0, 0, 0, 0, 0], fields);
    return Buffer.from(ethernet(0x0800, packet, source ?? 0, destination ?? 0)).toString("hex");
  });
}

/** Pings and neighbour discovery of both families behind a tag, to so many targets, as hex. */
function taggedMessages(): string[] {
  const [source, destination] = [parseMac(macs.infected) ?? 0, parseMac(macs.provider) ?? 0];
  const from4 = addresses.infected;
  const from6 = { source: addresses6.infected, hopLimit: 255 };
  return Array.from({ length: taggedTargets }, (_, index) => [
    tag(7, 0x0800, ipv4(1, icmp(8, 0, [0, 1, 0, 1]), { source: from4, destination: `198.18.7.${index + 1}` })),
    tag(7, 0x0800, ipv4(1, icmp(3, 1, [0, 0, 0, 0]), { source: from4, destination: `198.18.8.${index + 1}` })),
    tag(7, 0x86dd, ipv6(58, icmp(128, 0, [0, 1, 0, 1]), { ...from6, destination: `2001:db8::7:${index + 1}` })),
    tag(7, 0x86dd, ipv6(58, icmp(1, 0, [0, 0, 0, 0]), { ...from6, destination: `2001:db8::8:${index + 1}` })),
    tag(7, 0x86dd, ipv6(58, icmp(135, 0, new Array<number>(20).fill(0)), { ...from6, destination: "fe80::1" })),
  ]).flatMap((payloads) =>
    payloads.map((payload) => Buffer.from(ethernet(0x8100, payload, source, destination)).toString("hex")),
  );
}

const taggedTargets = 5;

describe(
  "the selection in the kernel and the selection of replay",
  { skip: whyNoNamespaces(), timeout: 120_000 * patience },
  () => {
    let site: TestSite;
    let client: ExecutorClient;
    let server: CaptureServer;
    const signal = AbortSignal.timeout(120_000 * patience);
    const selector = new Selector();
    const packet = createPacket();
    const weird = new WeirdCounter();
    let frames = 0;

    before(async () => {
      site = await TestSite.start();
      // Two ports, as a box in the line has: at a third one a flooded frame would count twice.
      await site.run("box", "ip", "link", "set", "in1", "nomaster");
      site.executor();
      client = site.client();
      await client.observe(signal);
      server = new CaptureServer({
        socketPath: site.captureSocket,
        ports: { in0: "inside", out0: "outside" },
        clock: () => Date.now(),
        monotonic: () => performance.now(),
        readNames: () => site.interfaceNames(),
        onFrame: (frame) => {
          frames++;
          if (parseFrame(frame, packet, weird)) selector.select(packet);
        },
      });
      await server.start();
      site.reader(() => {}, everythingGroup);
      while (!server.state.isReading) await sleep(20, undefined, { signal });
      // From here on every frame goes up in a group of its own, in the moment in which our rules see it.
      await site.run(
        ...(["box", "nft", "add", "rule", "bridge", "audit", "offered"] as const),
        ...["counter", "name", "everything", "log", "prefix", `"cordon:seen:all "`, "group", `${everythingGroup}`],
        ...["queue-threshold", "1"],
      );
    });

    after(async () => {
      client.close();
      await server.close();
      await site.close();
    });

    /** Sends all that the rules tell apart; what replay's selection made of it, and what the kernel's did. */
    async function round() {
      const before = await client.observe(signal);
      const selected = { handedUp: { ...selector.handedUp() }, heldBack: { ...selector.heldBack() } };
      await site.traffic("infected", "connect", addresses.provider, 80, 20, 500);
      await site.traffic("infected", "connect", addresses6.provider, 80, 20, 500);
      await site.traffic("infected", "connect", addresses.provider, 81, 60, 500);
      await site.traffic("infected", "scan", "198.18", 100, 445);
      await site.traffic("infected", "datagrams", addresses.provider, 53, 400, 4000, 0);
      await site.traffic("infected", "datagrams", addresses.provider, 68, 20, 1000, 0);
      await site.traffic("infected", "datagrams", addresses.provider, 9000, 12, 4001, 0);
      await site.traffic("infected", "datagrams", addresses.provider, 5353, 20, 4002, 0);
      await site.traffic("infected", "syns", macs.infected, macs.provider, 40, 7);
      await site.traffic("infected", "frames", otherProtocols());
      await site.traffic("infected", "frames", taggedMessages());
      while (frames < (await site.everythingOffered())) await sleep(20, undefined, { signal });
      const after = await client.observe(signal);
      const grown = (now: Readonly<Record<string, number>>, then: Readonly<Record<string, number>>) =>
        Object.fromEntries(
          Object.keys(selector.handedUp()).map((rule) => [rule, (now[rule] ?? 0) - (then[rule] ?? 0)]),
        );
      return [
        {
          handedUp: grown(selector.handedUp(), selected.handedUp),
          heldBack: grown(selector.heldBack(), selected.heldBack),
        },
        { handedUp: grown(after.handedUp, before.handedUp), heldBack: grown(after.heldBack, before.heldBack) },
      ] as const;
    }

    test("hand up and hold back the same packets, rule by rule", async () => {
      await site.traffic("provider", "serve", [80], 53);
      const first = await round();
      let [ours, theirs] = first;
      // Where a frame comes just as a limit has room again, the kernel's look at its clock and the frame's own time may fall on either side.
      // Whoever counts otherwise does so in each round.
      for (let more = 2; more > 0 && !isDeepStrictEqual(ours, theirs); more -= 1) [ours, theirs] = await round();
      assert.deepEqual(ours, theirs);
      // What came up in the first is not new in the next.
      const [, kernel] = first;
      for (const rule of [
        "syn",
        "syn-ack",
        "refusal",
        "icmp-error",
        "dns",
        "dhcp",
        "ping",
        "names",
        "udp",
        "neighbour",
        "other-protocol",
        "arp",
      ]) {
        assert.ok((kernel.handedUp[rule] ?? 0) > 0, `nothing was handed up by ${rule}: the test shows nothing of it`);
      }
      const tagged = { ping: 2 * taggedTargets, "icmp-error": 2 * taggedTargets, neighbour: taggedTargets };
      for (const [rule, sent] of Object.entries(tagged)) {
        const fitted = (kernel.handedUp[rule] ?? 0) + (kernel.heldBack[rule] ?? 0);
        assert.ok(fitted >= sent, `${fitted} packets fitted ${rule}, and ${sent} were sent behind a tag`);
      }
      for (const rule of ["syn", "syn-ack", "refusal", "dns", "names", "udp", "other-protocol"]) {
        assert.ok((kernel.heldBack[rule] ?? 0) > 0, `nothing was held back by ${rule}: the test shows nothing of it`);
      }
    });
  },
);
