import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { Observed, SiteRules } from "../../src/containment/protocol.ts";
import { noSiteRules } from "../../src/containment/site-rules.ts";
import { arp, ethernet, icmp, ipv4, ipv6, pppoe, tag, udp } from "../../src/packet/frame-builder.ts";
import { protocols } from "../../src/packet/packet.ts";
import { addresses, addresses6, endInside, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import { kept, plain, syn4, syn6, tagged, types, unheard, unknown, wrappings } from "./wrapped-frames.ts";
import { sampled } from "../slow-tests.ts";

// Cards of their own, sent from one namespace: nothing but what is built here has them.
const host = "02:00:5e:00:00:31";
const other = "02:00:5e:00:00:32";
/** Beyond the outside port. */
const modem = "02:00:5e:00:00:33";

type Payload = readonly [etherType: number, payload: readonly number[]];

const datagram4 = (source: number, port: number, fields = {}) => ipv4(protocols.udp, udp(source, port), fields);
const datagram6 = (source: number, port: number, fields = {}) => ipv6(protocols.udp, udp(source, port), fields);
const ping4 = ipv4(protocols.icmp, icmp(8, 0));
const ping6 = ipv6(58, icmp(128, 0));
const twoTags = (etherType: number, payload: readonly number[]) =>
  tagged(
    types.provider,
    tagged(types.customer, () => [etherType, payload]),
  )([], 4);

const twoTagged = tagged(types.provider, tagged(types.customer, plain));

describe("rules of the site", { skip: whyNoNamespaces(), timeout: 240_000 * patience }, () => {
  let site: TestSite;
  let executor: ReturnType<TestSite["executor"]>;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(240_000 * patience);

  before(async () => {
    site = await TestSite.start();
    executor = site.executor();
    client = site.client();
    await client.observe(signal);
    const counters = [host, other, modem].map(
      (mac) => `add counter bridge audit ${name(mac)}
add rule bridge audit passed ether saddr ${mac} counter name "${name(mac)}"
`,
    );
    await site.load(
      `add chain bridge audit passed { type filter hook postrouting priority 400; policy accept; }\n${counters.join("")}`,
    );
    await site.traffic("provider", "serve", [25, 80, 445, 6667], 9000);
    await site.traffic("infected", "serve", [25], 9000);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  const set = async (rules: Partial<SiteRules>): Promise<Observed> => {
    const wished = { ...noSiteRules, ...rules };
    const { observed, refused } = await client.apply([{ kind: "site-rules-set", rules: wished }], signal);
    assert.deepEqual([observed.site?.rules, refused], [wished, []]);
    return observed;
  };
  const counted = async (mac: string, way: string) => {
    const { site: seen } = await client.observe(signal);
    const { passed, stopped } = seen?.counts.find((count) => count.mac === mac && count.way === way) ?? {
      ...{ passed: 0, stopped: 0 },
    };
    return { passed, stopped };
  };
  /** How many of these frames leave by another port. */
  const passed = async (mac: string, frames: readonly Payload[]): Promise<number> => {
    const count = async () => {
      const text = await site.run("box", "nft", "list", "counter", "bridge", "audit", name(mac));
      return Number(/packets (\d+)/.exec(text)?.[1]);
    };
    const before = await count();
    const [place, to] = mac === modem ? (["provider", macs.infected] as const) : (["infected", macs.provider] as const);
    const built = frames.map(([etherType, payload]) =>
      Buffer.from(ethernet(etherType, payload, numberOf(mac), numberOf(to))).toString("hex"),
    );
    await site.traffic(place, "frames", built);
    return (await count()) - before;
  };

  test("a way is shut outward for everybody, counted by machine, and no other", async () => {
    const before = await set({ ways: [{ way: "mail", mode: "enforce" }] });
    for (const to of [addresses.provider, addresses6.provider]) {
      await site.connect("infected", 25, "silent", to);
      await site.connect("neighbour", 25, "silent", to);
      await site.connect("infected", 80, "connected", to);
    }
    for (const mac of [macs.infected, macs.neighbour]) {
      const { passed: let_, stopped } = await counted(mac, "mail");
      assert.ok(let_ === 0 && stopped >= 2, `${mac}: ${let_} ${stopped}`);
    }
    const { handedUp } = await client.observe(signal);
    assert.ok((handedUp["stopped-syn"] ?? 0) > (before.handedUp["stopped-syn"] ?? 0), "what was tried is evidence");
    // Towards the site it is open, and whatever stands outside is not held up.
    await site.connect("provider", 25, "connected", addresses.infected);
  });

  test("a dry run counts the same and changes nothing", async () => {
    const before = await set({ ways: [{ way: "mail", mode: "dry" }] });
    const { passed: first } = await counted(macs.infected, "mail");
    await site.connect("infected", 25, "connected");
    await site.connect("infected", 25, "connected", addresses6.provider);
    assert.ok((await counted(macs.infected, "mail")).passed >= first + 2);
    assert.equal((await client.observe(signal)).packetsStopped, before.packetsStopped);
  });

  test("an exception is open where others are shut, and an area shut where others are open", async () => {
    const mail = { way: "mail" } as const;
    await set({ ways: [{ ...mail, mode: "enforce" }], hosts: [{ ...mail, mac: macs.neighbour, mode: "open" }] });
    await site.connect("neighbour", 25, "connected");
    await site.connect("infected", 25, "silent");
    await set({ hosts: [{ ...mail, mac: macs.infected, mode: "enforce" }] });
    await site.connect("neighbour", 25, "connected");
    await site.connect("infected", 25, "silent");
    // What hides its port is shut for the same machines.
    const hidden = Object.values(unknown);
    await set({ hosts: [{ ...mail, mac: host, mode: "enforce" }] });
    assert.deepEqual([await passed(host, hidden), await passed(other, hidden)], [0, hidden.length]);
    const never = Object.values(unheard);
    assert.deepEqual([await passed(host, never), await passed(other, never)], [0, never.length]);
    assert.equal(await passed(host, Object.values(kept)), Object.values(kept).length);
    await set({ ways: [{ ...mail, mode: "enforce" }], hosts: [{ ...mail, mac: other, mode: "open" }] });
    assert.deepEqual([await passed(host, hidden), await passed(other, hidden)], [0, hidden.length]);
  });

  for (const [title, wrap] of sampled(Object.entries(wrappings))) {
    test(`shut ways are shut in ${title}, and counted`, async () => {
      await set({
        ways: [
          { way: "mail", mode: "enforce" },
          { way: "ping", mode: "enforce" },
          { way: "smb", mode: "enforce" },
        ],
      });
      const before = await counted(host, "smb");
      const shut = [
        ...[wrap(syn4(25), 4), wrap(syn6(25), 6), wrap(ping4, 4), wrap(ping6, 6)],
        ...[wrap(syn4(445), 4), wrap(syn6(445), 6), wrap(datagram4(5000, 137), 4), wrap(datagram6(5000, 137), 6)],
      ];
      assert.equal(await passed(host, shut), 0);
      assert.equal((await counted(host, "smb")).stopped - before.stopped, 4);
      const open = [80, 587, 1433, 6667].flatMap((port) => [
        ...[wrap(syn4(port), 4), wrap(syn6(port), 6), wrap(datagram4(5000, port), 4), wrap(datagram6(5000, port), 6)],
      ]);
      assert.equal(await passed(host, open), open.length);
      assert.equal(await passed(modem, shut), shut.length, "towards the site all is open");
    });
  }

  test("what hides its port is stopped while a way of ports is shut, and passes while it is but counted", async () => {
    const hidden = Object.values(unknown);
    await set({ ways: [{ way: "irc", mode: "enforce" }] });
    const before = await counted(other, "hidden");
    assert.equal(await passed(other, hidden), 0);
    assert.equal((await counted(other, "hidden")).stopped - before.stopped, hidden.length);
    const others = [...Object.values(kept), ...Object.values(unheard)];
    assert.equal(await passed(other, others), others.length);
    await set({ ways: [{ way: "irc", mode: "dry" }] });
    const { passed: dryBefore } = await counted(other, "hidden");
    assert.equal(await passed(other, hidden), hidden.length);
    assert.equal((await counted(other, "hidden")).passed - dryBefore, hidden.length);
    await set({});
    assert.equal(await passed(other, hidden), hidden.length);
  });

  test("forged sources are stopped, those that nobody can tell and those of DHCP are not", async () => {
    const from4 = (source: string): Payload => plain(syn4(80, { source }), 4);
    const from6 = (source: string): Payload => plain(ipv6(protocols.udp, udp(5000, 80), { source }), 6);
    const sound = [from4("10.77.3.4"), from4("169.254.1.1"), plain(datagram4(68, 67, { source: "0.0.0.0" }), 4)];
    const ways: SiteRules["ways"] = [{ way: "spoofed", mode: "enforce" }];
    await set({ ways, sources: ["10.77.0.0/16", "192.168.5.1"] });
    assert.equal(await passed(host, [...sound, from4("192.168.5.1"), from6("2001:db8::5")]), 5);
    assert.equal(await passed(host, [from4("203.0.113.9"), from4("192.168.5.2")]), 0);
    await set({ ways, sources: ["10.77.0.0/16", "fd77::/64"] });
    assert.equal(await passed(host, [from6("fd77::9"), from6("fe80::9"), from6("::")]), 3);
    assert.equal(await passed(host, [from6("2001:db8::5"), from4("203.0.113.9")]), 0);
    const tag7 = ([etherType, payload]: Payload): Payload => [types.customer, tag(7, etherType, payload)];
    assert.equal(await passed(host, [tag7(from4("10.77.3.4")), tag7(from6("fd77::9")), tag7(from4("203.0.113.9"))]), 2);
    assert.equal((await counted(host, "spoofed")).stopped, 5);
    await site.connect("infected", 80, "connected");
    await site.connect("infected", 80, "connected", addresses6.provider);
  });

  test("names are asked of the resolvers alone", async () => {
    const ask = (destination: string): Payload[] =>
      destination.includes(":")
        ? [plain(datagram6(5000, 53, { destination }), 6), plain(datagram6(5000, 853, { destination }), 6)]
        : [
            plain(datagram4(5000, 53, { destination }), 4),
            plain(syn4(53, { destination }), 4),
            plain(syn4(853, { destination }), 4),
          ];
    await set({ ways: [{ way: "dns", mode: "enforce" }], resolvers: ["192.0.2.53", "2001:db8::53"] });
    assert.equal(await passed(host, [...ask("192.0.2.53"), ...ask("2001:db8::53")]), 5);
    assert.equal(await passed(host, [...ask("192.0.2.54"), ...ask("2001:db8::54")]), 0);
    const tagged7 = [...ask("192.0.2.53"), ...ask("2001:db8::54")].map(([etherType, payload]): Payload => [
      types.customer,
      tag(7, etherType, payload),
    ]);
    assert.equal(await passed(host, tagged7), 3);
  });

  test("a resolver on the inside asks further, and nobody who borrows its address", async () => {
    const barrier = { ways: [{ way: "dns" as const, mode: "enforce" as const }] };
    const resolvers = ["10.77.0.53", "fd77::53"];
    const further = [
      plain(datagram4(5000, 53, { source: "10.77.0.53" }), 4),
      plain(syn4(53, { source: "10.77.0.53" }), 4),
      [types.customer, tag(7, 0x0800, datagram4(5000, 53, { source: "10.77.0.53" }))] as const,
    ];
    await set({ ...barrier, resolvers, forwarders: [{ address: "10.77.0.53", mac: host }] });
    assert.equal(await passed(host, further), further.length);
    const { stopped } = await counted(other, "dns");
    assert.equal(await passed(other, further), 0, "whoever borrows its address");
    assert.equal((await counted(other, "dns")).stopped, stopped + further.length);
    await set({ ...barrier, resolvers, forwarders: [{ address: "10.77.0.53", mac: null }] });
    assert.equal(await passed(host, further), further.length, "while its card is not known");
    const further6 = [plain(datagram6(5000, 53, { source: "fd77::53" }), 6)];
    assert.equal(await passed(host, further6), 0);
    await set({ ...barrier, resolvers, forwarders: [{ address: "fd77::53", mac: null }] });
    assert.equal(await passed(host, further6), 1);
    assert.equal(await passed(host, further), 0, "one that is said to stand outside");
  });

  test("the line's cut stops everything both ways but what keeps addresses and the link", async () => {
    await set({ isLineCut: true });
    const all: readonly Payload[] = [
      ...Object.values(wrappings).flatMap((wrap) => [
        wrap(syn4(80), 4),
        wrap(syn6(443), 6),
        wrap(datagram4(5000, 53), 4),
      ]),
      ...Object.values({ ...unknown, ...unheard }),
    ];
    assert.equal(await passed(host, all), 0);
    assert.equal(await passed(modem, all), 0);
    const link: readonly Payload[] = [
      [0x0806, arp(1, numberOf(host), "10.77.0.31", "10.77.0.1")],
      twoTags(0x0806, arp(1, numberOf(host), "10.77.0.31", "10.77.0.1")),
      [0x8863, [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]],
      [types.customer, tag(7, 0x8863, [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0])],
      twoTags(0x8863, [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]),
      [types.session, pppoe(0xc021, [9, 1, 0, 8, 0, 0, 0, 0])],
      [types.customer, tag(7, types.session, pppoe(0x8021, [1, 1, 0, 4]))],
      twoTags(types.session, pppoe(0xc021, [9, 1, 0, 8, 0, 0, 0, 0])),
      ...[plain, tagged(types.customer, plain), tagged(types.provider, plain), twoTagged].flatMap((wrap) =>
        [135, 136].map((type) =>
          wrap(ipv6(58, icmp(type, 0, new Array<number>(20).fill(0)), { hopLimit: 255, destination: "ff02::1" }), 6),
        ),
      ),
    ];
    const asking: readonly Payload[] = [
      plain(datagram4(68, 67, { destination: "203.0.113.67" }), 4),
      plain(datagram6(546, 547, { destination: "ff02::1:2" }), 6),
      twoTags(0x0800, datagram4(68, 67)),
      twoTags(0x86dd, datagram6(546, 547)),
    ];
    const answering: readonly Payload[] = [
      plain(datagram4(67, 68, { source: "203.0.113.67" }), 4),
      plain(datagram6(547, 546, { source: "fe80::1" }), 6),
    ];
    assert.equal(await passed(host, [...link, ...asking]), link.length + asking.length);
    assert.equal(await passed(modem, [...link, ...answering]), link.length + answering.length);
    assert.equal(await passed(host, answering.slice(0, 1)), 0, "nobody inside answers there");
    const solicited = ipv6(58, icmp(135, 0, new Array<number>(20).fill(0)), { hopLimit: 255 });
    assert.equal(
      await passed(host, [plain(solicited, 6), twoTags(types.ip6, solicited)]),
      0,
      "a neighbour's question to an address of the Internet",
    );
    const letters = (payload: readonly number[]) => new Array<Payload>(20).fill(plain(payload, 4));
    const toStranger = { destination: "203.0.113.67" };
    // Those asked above are of the same few.
    assert.ok((await passed(host, letters(datagram4(68, 67, toStranger)))) <= 6, "few questions for an address");
    const long = ipv4(protocols.udp, udp(68, 67, new Array<number>(900).fill(7)), toStranger);
    assert.equal(await passed(other, asking.slice(0, 2)), 2, "another machine has its own");
    assert.equal(await passed(host, letters(long)), 0, "none that could carry much");
    const untrue = [...udp(68, 67, new Array<number>(900).fill(7))];
    // The length that UDP says of itself.
    untrue.splice(4, 2, 0, 100);
    assert.equal(await passed(host, letters(ipv4(protocols.udp, untrue, toStranger))), 0, "whatever it says of itself");
    const answers = datagram4(67, 68, { source: "192.168.1.50", ...toStranger });
    assert.equal(await passed(host, letters(answers)), 0, "no answers from inside");
    await site.connect("infected", 80, "silent");
    await site.connect("provider", 25, "silent", addresses.infected);
    await site.connect("neighbour", 25, "connected", addresses.infected);
    assert.ok(((await client.observe(signal)).site?.stoppedAtLine ?? 0) >= all.length * 2);
    const leaked = await site.run("box", "nft", "list", "counter", "bridge", "cordon", "leaked");
    assert.match(leaked, /packets 0 /, "the last door knows what the cut leaves");
    // The box's own way home.
    await site.run("box", "ip", "addr", "add", "10.77.0.254/16", "dev", "br0");
    const connect = `require("node:net").connect(80, "${addresses.provider}").once("connect", () => process.exit(0))`;
    await site.run("box", process.execPath, "-e", connect);
    await site.run("box", "ip", "addr", "del", "10.77.0.254/16", "dev", "br0");
  });

  test("a machine in quarantine asks for an address no more than others while the line is cut", async () => {
    await client.apply([{ kind: "quarantine-add", mac: other }], signal);
    const letters = (payload: readonly number[]) =>
      [plain, twoTagged].flatMap((wrap) => new Array<Payload>(20).fill(wrap(payload, 4)));
    const question = (bytes: number, destination: string) =>
      ipv4(protocols.udp, udp(68, 67, new Array<number>(bytes).fill(7)), { source: "0.0.0.0", destination });
    const through = await passed(other, letters(question(300, "10.77.0.1")));
    assert.ok(through > 0 && through <= 6, `${through} of 40`);
    assert.equal(await passed(other, letters(question(300, "203.0.113.67"))), 0, "none with a stranger");
    assert.equal(await passed(other, letters(question(900, "10.77.0.1"))), 0, "none that could carry much");
    await client.apply([{ kind: "quarantine-remove", mac: other }], signal);
  });

  test("rules outlast the executor and a table that is gone, and end with their release", async () => {
    await set({ ways: [{ way: "mail", mode: "enforce" }], resolvers: ["192.0.2.53"] });
    await endInside(executor, "SIGKILL");
    await site.connect("infected", 25, "silent");
    // As the start of the box does it: skeleton, then the stored commands.
    const stored = await readFile(join(site.folder, "rules.nft"), "utf8");
    assert.match(stored, /^# cordon stored rules, format 1\n/);
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    executor = site.executor();
    const { site: seen } = await client.observe(signal);
    assert.deepEqual(seen?.rules.ways, [{ way: "mail", mode: "enforce" }]);
    await site.connect("infected", 25, "silent");
    await set({ isLineCut: true });
    await site.run("box", "nft", "flush", "map", "bridge", "cordon", "site_gate");
    await set({});
    await site.connect("infected", 25, "connected");
    const empty = await readFile(join(site.folder, "rules.nft"), "utf8");
    assert.doesNotMatch(empty, /add element/);
  });

  test("rules that a hand took out come back", async () => {
    await set({ isLineCut: true });
    await site.run("box", "nft", "flush", "map", "bridge", "cordon", "site_gate");
    const back = async (): Promise<void> => {
      const listing = await site.run("box", "nft", "list", "map", "bridge", "cordon", "site_gate");
      if (!listing.includes("line_cut")) return await back();
    };
    await back();
    await set({});
  });

  test("what is stored is taken by a plain nft after the skeleton", async () => {
    const rules: Partial<SiteRules> = {
      ways: [
        { way: "dns", mode: "enforce" },
        { way: "spoofed", mode: "dry" },
      ],
      hosts: [{ mac: host, way: "mail", mode: "enforce" }],
      sources: ["10.0.0.0/8", "192.168.5.1"],
      resolvers: ["192.0.2.53", "2001:db8::53"],
      forwarders: [{ address: "192.0.2.53", mac: host }],
    };
    await set(rules);
    await endInside(executor, "SIGTERM");
    const sets = [
      "map site_gate",
      "map barrier_site",
      "map barrier_hosts",
      "set site_sources_4",
      "set site_resolvers_6",
      "set site_forwarders",
    ];
    const listed = () =>
      Promise.all(
        sets.map((one) =>
          site.run("box", "nft", "list", one.split(" ")[0] ?? "", "bridge", "cordon", one.split(" ")[1] ?? ""),
        ),
      );
    const before = await listed();
    for (const one of sets)
      await site.run("box", "nft", "flush", ...one.split(" ").toSpliced(1, 0, "bridge", "cordon"));
    for (const one of ["site_sources_6", "site_resolvers_4"])
      await site.run("box", "nft", "flush", "set", "bridge", "cordon", one);
    await site.run("box", "nft", "-f", join(site.folder, "rules.nft"));
    assert.deepEqual(await listed(), before);
    executor = site.executor();
    await set({});
  });
});

function name(mac: string): string {
  return `of_${mac.slice(-2)}`;
}

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
