import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaptureServer } from "../../src/capture/capture-server.ts";
import { Selector } from "../../src/capture/selector.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { parseMac } from "../../src/packet/address.ts";
import { ethernet, ipv4 } from "../../src/packet/frame-builder.ts";
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

    test("hand up and hold back the same packets, rule by rule", async () => {
      const before = await client.observe(signal);
      await site.traffic("provider", "serve", [80], 53);
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
      while (frames < (await site.everythingOffered())) await sleep(20, undefined, { signal });
      const after = await client.observe(signal);
      const grown = (now: Readonly<Record<string, number>>, then: Readonly<Record<string, number>>) =>
        Object.fromEntries(
          Object.keys(selector.handedUp()).map((rule) => [rule, (now[rule] ?? 0) - (then[rule] ?? 0)]),
        );
      const kernel = {
        handedUp: grown(after.handedUp, before.handedUp),
        heldBack: grown(after.heldBack, before.heldBack),
      };
      assert.deepEqual({ handedUp: selector.handedUp(), heldBack: selector.heldBack() }, kernel);
      for (const rule of [
        "syn",
        "syn-ack",
        "refusal",
        "icmp-error",
        "dns",
        "dhcp",
        "names",
        "udp",
        "neighbour",
        "other-protocol",
        "arp",
      ]) {
        assert.ok((kernel.handedUp[rule] ?? 0) > 0, `nothing was handed up by ${rule}: the test shows nothing of it`);
      }
      for (const rule of ["syn", "syn-ack", "refusal", "dns", "names", "udp", "other-protocol"]) {
        assert.ok((kernel.heldBack[rule] ?? 0) > 0, `nothing was held back by ${rule}: the test shows nothing of it`);
      }
    });
  },
);
