import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { throttleLimit, vectorPorts, vectorUdpPorts } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { selection } from "../../src/capture/selection.ts";
import { renderSkeletons } from "../../src/containment/skeleton.ts";
import { ethernet, icmp, ipv4, ipv6, udp } from "../../src/packet/frame-builder.ts";
import { protocols } from "../../src/packet/packet.ts";
import { TestSite, endInside, macs, patience, whyNoNamespaces } from "./test-site.ts";
import {
  extensions,
  kept,
  noOperations,
  optioned6,
  plain,
  session,
  syn4,
  syn6,
  unheard,
  unknown,
  wrappings,
} from "./wrapped-frames.ts";
import { sampled } from "../slow-tests.ts";

// Cards of their own, sent from one namespace: nothing but what is built here has them.
const blocked = "02:00:5e:00:00:21";
const innocent = "02:00:5e:00:00:22";
const throttled = "02:00:5e:00:00:23";
const sharing = "02:00:5e:00:00:24";
const hiding = { ...unknown, ...unheard };

describe("vector blocks inside encapsulations", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let executor: ReturnType<TestSite["executor"]>;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000 * patience);

  before(async () => {
    site = await TestSite.start();
    executor = site.executor();
    client = site.client();
    await client.apply([{ kind: "vector-add", mac: blocked, ports: [25, 445] }], signal);
    const counters = [blocked, innocent, throttled, sharing].map(
      (mac) => `add counter bridge audit ${name(mac)}
add rule bridge audit passed ether saddr ${mac} oifname "out0" counter name "${name(mac)}"
`,
    );
    await site.load(
      `add chain bridge audit passed { type filter hook forward priority 300; policy accept; }\n${counters.join("")}`,
    );
  });
  after(async () => {
    client.close();
    await site.close();
  });

  /** How many of these frames leave by the outside port. */
  const passed = async (mac: string, frames: readonly (readonly [number, readonly number[]])[]): Promise<number> => {
    const count = async () => {
      const text = await site.run("box", "nft", "list", "counter", "bridge", "audit", name(mac));
      return Number(/packets (\d+)/.exec(text)?.[1]);
    };
    const before = await count();
    const built = frames.map(([etherType, payload]) =>
      Buffer.from(ethernet(etherType, payload, numberOf(mac), numberOf(macs.provider))).toString("hex"),
    );
    await site.traffic("infected", "frames", built);
    return (await count()) - before;
  };
  const hiddenOf = async (mac: string) =>
    (await client.observe(signal)).hidden?.find((count) => count.mac === mac)?.packets ?? 0;
  const stoppedOn = async (port: number) =>
    (await client.observe(signal)).vectors.find((vector) => vector.port === port)?.packets ?? 0;

  for (const [title, wrap] of sampled(Object.entries(wrappings))) {
    test(`shut their ports in ${title}, counted, and no other`, async () => {
      const before = await stoppedOn(445);
      assert.equal(await passed(blocked, [wrap(syn4(445), 4), wrap(syn6(445), 6)]), 0);
      assert.equal((await stoppedOn(445)) - before, 2);
      // 587 belongs to the vector of mail and is not shut for this one; 9000 belongs to none.
      const others = [80, 587, 9000].flatMap((port) => [wrap(syn4(port), 4), wrap(syn6(port), 6)]);
      assert.equal(await passed(blocked, others), others.length);
    });
  }

  test("shut the UDP ports of a whole vector with its others, in every wrapping and counted, and no other", async () => {
    const ports = [...vectorPorts.smb];
    await client.apply([{ kind: "vector-add", mac: sharing, ports }], signal);
    const of = (port: number) =>
      Object.values(wrappings).flatMap((wrap) => [
        wrap(ipv4(protocols.udp, udp(5000, port)), 4),
        wrap(ipv6(protocols.udp, udp(5000, port)), 6),
      ]);
    const shut = vectorUdpPorts.smb.flatMap(of);
    const before = await stoppedOn(ports[0] ?? 0);
    assert.equal(await passed(sharing, shut), 0);
    assert.equal((await stoppedOn(ports[0] ?? 0)) - before, shut.length);
    const others = [53, 443, 1434].flatMap(of);
    assert.equal(await passed(sharing, others), others.length);
    await client.apply([{ kind: "vector-remove", mac: sharing, ports }], signal);
    assert.equal(await passed(sharing, shut), shut.length);
  });

  test("reach behind IP options and extension headers where the kernel finds the port", async () => {
    const frames = [plain(syn4(25, { options: noOperations }), 4), plain(optioned6(25, extensions.hopByHop), 6)];
    assert.equal(await passed(blocked, frames), 0);
    const harmless = [plain(syn4(80, { options: noOperations }), 4), plain(optioned6(80, extensions.hopByHop), 6)];
    assert.equal(await passed(blocked, harmless), 2);
  });

  for (const [title, frame] of sampled(Object.entries(hiding))) {
    test(`drop ${title}, which hides the port`, async () => {
      const [before, hiddenBefore] = [(await client.observe(signal)).packetsStopped ?? 0, await hiddenOf(blocked)];
      assert.equal(await passed(blocked, [frame]), 0);
      assert.equal(((await client.observe(signal)).packetsStopped ?? 0) - before, 1);
      assert.equal((await hiddenOf(blocked)) - hiddenBefore, 1, "it is counted as hidden");
    });
  }

  for (const [title, frame] of Object.entries(kept)) {
    test(`leave ${title} alone`, async () => assert.equal(await passed(blocked, [frame]), 1));
  }

  test("leave every frame of other machines alone", async () => {
    const ports = [25, 445, 80];
    const readable = Object.values(wrappings).flatMap((wrap) =>
      ports.flatMap((port) => [wrap(syn4(port), 4), wrap(syn6(port), 6)]),
    );
    const frames = [...readable, ...Object.values(hiding), ...Object.values(kept)];
    assert.equal(await passed(innocent, frames), frames.length);
  });

  test("are limits where single ports are throttled: of what hides its port, and of no other port", async () => {
    await client.apply([{ kind: "throttle-add", mac: throttled, ports: [445] }], signal);
    const some = Object.values(wrappings).flatMap((wrap) => [wrap(syn4(80), 4), wrap(syn6(80), 6)]);
    const others = [...some, ...some, ...Object.values(kept)];
    assert.equal(await passed(throttled, others), others.length, "what is read, and goes to another port");
    assert.equal(await hiddenOf(throttled), 0);
    const hidden = [...Object.values(hiding), ...Object.values(hiding)];
    const startedAt = performance.now();
    const through = await passed(throttled, hidden);
    const most = throttleLimit.burst + throttleLimit.perSecond * Math.ceil((performance.now() - startedAt) / 1000);
    assert.ok(through >= throttleLimit.burst && through <= most, `${through} of ${hidden.length} passed`);
    assert.equal(await hiddenOf(throttled), hidden.length - through);
    const tunnelled = new Array<readonly [number, readonly number[]]>(20).fill(session(syn4(445), 4));
    assert.ok((await passed(throttled, tunnelled)) <= throttleLimit.perSecond * 3 * patience);
    await client.apply([{ kind: "throttle-remove", mac: throttled, ports: [445] }], signal);
    assert.equal(await passed(throttled, hidden), hidden.length);
  });

  test("come back whole where a hand took the machine out of the sets that follow", async () => {
    const frames = [session(syn4(25), 4), ...Object.values(hiding).slice(0, 1)];
    await site.load(`delete element bridge cordon vector_hosts { ${blocked} }\n`);
    await client.apply([], signal);
    assert.equal(await passed(blocked, frames), 0);
  });

  test("end with their release", async () => {
    await client.apply([{ kind: "vector-remove", mac: blocked, ports: [25] }], signal);
    assert.equal(await passed(blocked, [session(syn4(25), 4), session(syn4(445), 4)]), 1);
    await client.apply([{ kind: "vector-remove", mac: blocked, ports: [445] }], signal);
    const frames = [session(syn4(445), 4), ...Object.values(hiding)];
    assert.equal(await passed(blocked, frames), frames.length);
  });

  test("hold from the start of a box on, before any program runs", async () => {
    await client.apply(
      [
        { kind: "vector-add", mac: blocked, ports: [...vectorPorts.smb] },
        { kind: "sweep-add", mac: sharing, sweep: "ping" },
        { kind: "throttle-add", mac: throttled, ports: [445] },
      ],
      signal,
    );
    await endInside(executor, "SIGTERM");
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    const shut = Object.values(wrappings).flatMap((wrap) => [
      wrap(syn4(445), 4),
      wrap(syn6(445), 6),
      ...vectorUdpPorts.smb.map((port) => wrap(ipv4(protocols.udp, udp(5000, port)), 4)),
    ]);
    const pings = Object.values(wrappings).flatMap((wrap) => [
      wrap(ipv4(protocols.icmp, icmp(8, 0)), 4),
      wrap(ipv6(58, icmp(128, 0)), 6),
    ]);
    const hidden = Object.values(hiding);
    // As the initramfs does it: the first part of the ruleset, and the stored commands.
    const [, { text }] = renderSkeletons({ selection, logGroup: 71, outsidePort: "out0" });
    await site.load(text);
    assert.equal(await passed(blocked, [...shut, ...hidden]), shut.length + hidden.length, "nothing is stored in it");
    for (const file of ["quarantine.nft", "limits.nft", "rules.nft"]) {
      await site.run("box", "nft", "-f", join(site.folder, file));
    }
    assert.equal(await passed(blocked, [...shut, ...hidden]), 0);
    assert.equal(await passed(sharing, [...pings, ...hidden]), 0);
    assert.equal(await passed(sharing, shut), shut.length);
    const tunnelled = new Array<readonly [number, readonly number[]]>(40).fill(session(syn4(445), 4));
    assert.ok((await passed(throttled, tunnelled)) < tunnelled.length, "throttled inside PPPoE");
    assert.equal(await passed(innocent, [...shut, ...pings, ...hidden]), shut.length + pings.length + hidden.length);
  });
});

function name(mac: string): string {
  return `of_${mac.slice(-2)}`;
}

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
