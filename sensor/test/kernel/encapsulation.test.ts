import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { ethernet, ipv4, ipv6, pppoe, tag, tcp, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import { TestSite, macs, patience, whyNoNamespaces } from "./test-site.ts";

// Cards of their own, sent from one namespace: nothing but what is built here has them.
const blocked = "02:00:5e:00:00:21";
const innocent = "02:00:5e:00:00:22";

type Bytes = readonly number[];

const types = { ip4: 0x0800, ip6: 0x86dd, customer: 0x8100, provider: 0x88a8, session: 0x8864 } as const;
const ppp = { ip4: 0x0021, ip6: 0x0057 } as const;
const extensions = { hopByHop: 0, fragment: 44, destination: 60 } as const;

const syn = (destinationPort: number) => tcp({ destinationPort, flags: tcpFlags.syn });
const syn4 = (port: number, fields: Parameters<typeof ipv4>[2] = {}) => ipv4(protocols.tcp, syn(port), fields);
const syn6 = (port: number) => ipv6(protocols.tcp, syn(port));
/** IPv6 with eight bytes of options before TCP. */
const optioned6 = (port: number, kind: number) => ipv6(kind, [protocols.tcp, 0, 1, 4, 0, 0, 0, 0, ...syn(port)]);
/** The first of several fragments. */
const fragment = (next: number, payload: Bytes) => ipv6(extensions.fragment, [next, 0, 0, 1, 0, 0, 0, 7, ...payload]);
const noOperations = [1, 1, 1, 1];

/** What is wrapped into what: the type of the frame, and all behind it. */
type Wrapping = (ip: Bytes, version: 4 | 6) => readonly [etherType: number, payload: Bytes];

const inside = (version: 4 | 6) => (version === 4 ? types.ip4 : types.ip6);
const plain: Wrapping = (ip, version) => [inside(version), ip];
const session: Wrapping = (ip, version) => [types.session, pppoe(version === 4 ? ppp.ip4 : ppp.ip6, ip)];
const tagged =
  (by: number, what: Wrapping): Wrapping =>
  (ip, version) => {
    const [etherType, payload] = what(ip, version);
    return [by, tag(7, etherType, payload)];
  };

const wrappings: Readonly<Record<string, Wrapping>> = {
  "a plain frame": plain,
  "a tag": tagged(types.customer, plain),
  "a provider's tag": tagged(types.provider, plain),
  QinQ: tagged(types.provider, tagged(types.customer, plain)),
  PPPoE: session,
  "PPPoE behind a tag": tagged(types.customer, session),
};

/** Where nobody can say where the port is: dropped whatever it carries. */
const unknown: Readonly<Record<string, readonly [number, Bytes]>> = {
  "two customer tags": tagged(types.customer, tagged(types.customer, plain))(syn4(80), 4),
  "two provider's tags": tagged(types.provider, tagged(types.provider, plain))(syn4(80), 4),
  "three tags": tagged(types.provider, wrappings["QinQ"] ?? plain)(syn4(80), 4),
  "an old provider's tag": tagged(0x9100, plain)(syn4(80), 4),
  "PPPoE behind two tags": tagged(types.provider, tagged(types.customer, session))(syn4(80), 4),
  "IP options in PPPoE": session(syn4(80, { options: noOperations }), 4),
  "IP options in PPPoE behind a tag": tagged(types.customer, session)(syn4(80, { options: noOperations }), 4),
  "IP options in QinQ": tagged(types.provider, tagged(types.customer, plain))(syn4(80, { options: noOperations }), 4),
  "an extension header in PPPoE": session(optioned6(80, extensions.destination), 6),
  "an extension header in QinQ": tagged(types.provider, tagged(types.customer, plain))(
    optioned6(80, extensions.hopByHop),
    6,
  ),
  "a fragment of IPv6 in PPPoE": session(fragment(protocols.tcp, syn(80)), 6),
  "a compressed protocol in PPPoE": [types.session, [0x11, 0, 0, 1, 0, 60, 0x21, ...syn4(80)]],
  "a compressed packet in PPPoE": [types.session, pppoe(0x00fd, syn4(80))],
  "an odd PPPoE header": [types.session, [0x12, ...session(syn4(80), 4)[1].slice(1)]],
  "MPLS in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x8847, [0, 0, 0x11, 64, ...syn4(80)]))],
  "SNAP in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x0030, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...syn4(80)]))],
  MPLS: [0x8847, [0, 0, 0x11, 64, ...syn4(80)]],
  "SNAP in place of a type": [0x0030, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...syn4(80)]],
  "a first fragment of IPv6 without a port": [
    types.ip6,
    fragment(extensions.destination, [protocols.tcp, 1, ...new Array<number>(6).fill(0)]),
  ],
};

/** What a machine under a block keeps. */
const kept: Readonly<Record<string, readonly [number, Bytes]>> = {
  "name questions in PPPoE": session(ipv4(protocols.udp, udp(5000, 25)), 4),
  "name questions of IPv6 in PPPoE": session(ipv6(protocols.udp, udp(5000, 25)), 6),
  "name questions in QinQ": tagged(types.provider, tagged(types.customer, plain))(ipv4(17, udp(5000, 25)), 4),
  "later fragments in PPPoE": session(syn4(25, { fragmentOffset: 2 }), 4),
  "agreeing on a PPPoE session": [types.session, pppoe(0xc021, [9, 1, 0, 8, 0, 0, 0, 0])],
  "finding a PPPoE server": [0x8863, [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]],
  "802.1X": [0x888e, [1, 1, 0, 0]],
  "what carries nothing": [0x88b5, [1, 2, 3, 4]],
  "what carries nothing behind a tag": [types.customer, tag(7, 0x88b5, [1, 2, 3, 4])],
  "what carries nothing in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x88b5, [1, 2, 3, 4]))],
};

describe("vector blocks inside encapsulations", { skip: whyNoNamespaces(), timeout: 60_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(60_000 * patience);

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = site.client();
    await client.apply([{ kind: "vector-add", mac: blocked, ports: [25, 445] }], signal);
    const counters = [blocked, innocent].map(
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
  const passed = async (mac: string, frames: readonly (readonly [number, Bytes])[]): Promise<number> => {
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
  const stoppedOn = async (port: number) =>
    (await client.observe(signal)).vectors.find((vector) => vector.port === port)?.packets ?? 0;

  for (const [title, wrap] of Object.entries(wrappings)) {
    test(`shut their ports in ${title}, counted, and no other`, async () => {
      const before = await stoppedOn(445);
      assert.equal(await passed(blocked, [wrap(syn4(445), 4), wrap(syn6(445), 6)]), 0);
      assert.equal((await stoppedOn(445)) - before, 2);
      // 587 belongs to the vector of mail and is not shut for this one; 9000 belongs to none.
      const others = [80, 587, 9000].flatMap((port) => [wrap(syn4(port), 4), wrap(syn6(port), 6)]);
      assert.equal(await passed(blocked, others), others.length);
    });
  }

  test("reach behind IP options and extension headers where the kernel finds the port", async () => {
    const frames = [plain(syn4(25, { options: noOperations }), 4), plain(optioned6(25, extensions.hopByHop), 6)];
    assert.equal(await passed(blocked, frames), 0);
    const harmless = [plain(syn4(80, { options: noOperations }), 4), plain(optioned6(80, extensions.hopByHop), 6)];
    assert.equal(await passed(blocked, harmless), 2);
  });

  for (const [title, frame] of Object.entries(unknown)) {
    test(`drop ${title}, which hides the port`, async () => {
      const before = (await client.observe(signal)).packetsStopped ?? 0;
      assert.equal(await passed(blocked, [frame]), 0);
      assert.equal(((await client.observe(signal)).packetsStopped ?? 0) - before, 1);
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
    const frames = [...readable, ...Object.values(unknown), ...Object.values(kept)];
    assert.equal(await passed(innocent, frames), frames.length);
  });

  test("come back whole where a hand took the machine out of the sets that follow", async () => {
    const frames = [session(syn4(25), 4), ...Object.values(unknown).slice(0, 1)];
    await site.load(`delete element bridge cordon vector_hosts { ${blocked} }\n`);
    await client.apply([], signal);
    assert.equal(await passed(blocked, frames), 0);
  });

  test("end with their release", async () => {
    await client.apply([{ kind: "vector-remove", mac: blocked, ports: [25] }], signal);
    assert.equal(await passed(blocked, [session(syn4(25), 4), session(syn4(445), 4)]), 1);
    await client.apply([{ kind: "vector-remove", mac: blocked, ports: [445] }], signal);
    const frames = [session(syn4(445), 4), ...Object.values(unknown)];
    assert.equal(await passed(blocked, frames), frames.length);
  });
});

function name(mac: string): string {
  return mac === blocked ? "of_blocked" : "of_innocent";
}

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
