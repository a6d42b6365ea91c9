import assert from "node:assert/strict";
import { test } from "node:test";
import { remediesInForce } from "@cordon/contract";
import { encode, type Answer } from "dns-packet";
import fc from "fast-check";
import type { Mark, Side } from "../capture/frame.ts";
import { formatMac, parseAddress } from "../packet/address.ts";
import { aFrame, ethernet, ipv4, udp } from "../packet/frame-builder.ts";
import { NetSet } from "../packet/net-set.ts";
import { createPacket, protocols } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { NameRules } from "./name-rules.ts";
import { maxOpenPerHost } from "./open-remedies.ts";
import { RemedyWatch, type RemedyWatchOptions } from "./remedy-watch.ts";

const local = NetSet.ofSite([]);
const cut = { mac: 0x0200_0000_0011, address: "192.168.1.11" };
const others = [0x0200_0000_0021, 0x0200_0000_0022].map((mac, index) => ({ mac, address: `192.168.1.${21 + index}` }));
const router = 0x0200_0000_0001;
const start = 1_764_000_000_000;

interface Message {
  readonly host: { readonly mac: number; readonly address: string };
  readonly resolver: string;
  readonly id: number;
  readonly port: number;
  readonly name: string;
  readonly at: number;
  readonly side: Side;
  readonly mark: Mark;
}

const usual: Message = {
  host: cut,
  resolver: "192.168.1.1",
  id: 7,
  port: 5000,
  name: "security.debian.org",
  at: start,
  side: "inside",
  mark: "seen",
};

function aWatch(more: Partial<RemedyWatchOptions> = {}) {
  const watch = new RemedyWatch({
    isLocal: (address) => local.contains(address),
    remedies: remediesInForce(),
    ...more,
  });
  const put = (message: Message, bytes: Uint8Array): boolean => {
    const packet = createPacket();
    assert.ok(parseFrame(aFrame(bytes, message), packet, new WeirdCounter()));
    return watch.observe(packet);
  };
  const ask = (fields: Partial<Message> = {}) => {
    const message = { ...usual, ...fields };
    const { host, resolver, id, port, name } = message;
    const query = encode({ type: "query", id, questions: [{ type: "A", name }] });
    const ip = ipv4(protocols.udp, udp(port, 53, [...query]), { source: host.address, destination: resolver });
    return put(message, ethernet(0x0800, ip, host.mac, router));
  };
  const answer = (fields: Partial<Message>, ...records: readonly (string | Answer)[]) => {
    const message: Message = { ...usual, side: "outside", ...fields };
    const { host, resolver, id, port, name } = message;
    const answers = records.map((record): Answer =>
      typeof record === "string" ? { type: "A", name, data: record, ttl: 300 } : record,
    );
    const response = encode({ type: "response", id, questions: [{ type: "A", name }], answers });
    const ip = ipv4(protocols.udp, udp(53, port, [...response]), { source: resolver, destination: host.address });
    return put(message, ethernet(0x0800, ip, router, host.mac));
  };
  const [first, second] = others;
  assert.ok(first !== undefined && second !== undefined);
  /** Somebody else asks the router, so that it is known as the site's resolver. */
  const learnResolver = (host = first, resolver = usual.resolver) => {
    ask({ host, resolver, name: "a.example" });
    answer({ host, resolver, name: "a.example" }, "198.51.100.1");
  };
  const open = (at = start) => watch.all(at);
  return { watch, ask, answer, learnResolver, first, second, open };
}

/** With the router known and the machine cut off. */
function aCutWatch() {
  const made = aWatch();
  made.learnResolver();
  made.watch.quarantined(new Set([cut.mac]));
  return made;
}

test("names are covered at dots, whatever their case, with the ports of all rules that cover them", () => {
  const rules = new NameRules({
    names: [
      { name: "example.com", ports: [443] },
      { name: "a.Example.com", ports: [80] },
    ],
    probes: ["captive.apple.com"],
  });
  assert.deepEqual(rules.portsOf("example.com"), [443]);
  assert.deepEqual(rules.portsOf("B.A.EXAMPLE.COM."), [80, 443]);
  for (const name of ["anexample.com", "com", "", "example.com.evil.test", "example.co"]) {
    assert.deepEqual(rules.portsOf(name), [], name);
  }
  assert.ok(rules.isProbe("Captive.Apple.com") && !rules.isProbe("apple.com"));
});

test("an answer to a question opens what it says, as long as it says, within bounds", () => {
  const { ask, answer, open, watch } = aCutWatch();
  ask();
  const data = (address: string, ttl: number): Answer => ({ type: "A", name: usual.name, data: address, ttl });
  assert.ok(answer({}, data("203.0.113.1", 300), data("203.0.113.2", 1), data("203.0.113.3", 1_000_000)));
  const { remedies } = open();
  assert.deepEqual(
    remedies.map(({ mac, address, seconds, ports }) => [mac, address, seconds, ports.join()]),
    [
      [formatMac(cut.mac), "203.0.113.1", 300, "80,443"],
      [formatMac(cut.mac), "203.0.113.2", 60, "80,443"],
      [formatMac(cut.mac), "203.0.113.3", 3600, "80,443"],
    ],
  );
  assert.equal(watch.takeFresh(start).remedies.length, 3);
  assert.equal(watch.takeFresh(start).remedies.length, 0);
  assert.deepEqual(
    open(start + 61_000).remedies.map(({ address, seconds }) => [address, seconds]),
    [
      ["203.0.113.1", 239],
      ["203.0.113.3", 3539],
    ],
  );
});

test("a clock that is set back keeps nothing open for longer than an answer can", () => {
  const { ask, answer, open, watch } = aCutWatch();
  const yearsAgo = start - 10 * 365 * 86_400_000;
  ask();
  assert.ok(answer({}, { type: "A", name: usual.name, data: "203.0.113.1", ttl: 300 }));
  assert.deepEqual(
    watch.takeFresh(yearsAgo).remedies.map(({ seconds }) => seconds),
    [3600],
  );
  assert.equal(open(yearsAgo).remedies.length, 1);
  assert.equal(open(yearsAgo + 3_600_000).remedies.length, 0);
});

test("aliases lead from the name that was asked for, and from no other", () => {
  const { ask, answer, open } = aCutWatch();
  ask({ name: "evil.example" });
  // A stranger's name that says it is a remedy's, and one that comes along unasked.
  answer(
    { name: "evil.example" },
    { type: "CNAME", name: "evil.example", data: "security.debian.org" },
    { type: "A", name: "security.debian.org", data: "203.0.113.66", ttl: 300 },
  );
  assert.deepEqual(open().remedies, []);
  ask();
  answer(
    {},
    { type: "CNAME", name: usual.name, data: "edge.cdn.example", ttl: 60 },
    { type: "A", name: "edge.cdn.example", data: "203.0.113.5", ttl: 300 },
    { type: "A", name: "other.example", data: "203.0.113.67", ttl: 300 },
  );
  assert.deepEqual(
    open().remedies.map(({ address }) => address),
    ["203.0.113.5"],
  );
});

test("an answer that leads back into the site opens nothing", () => {
  const { ask, answer, open } = aCutWatch();
  ask();
  answer({}, "192.168.1.44", "10.0.0.1");
  assert.deepEqual(open().remedies, []);
});

test("a forged answer opens nothing, whichever part of it is wrong", () => {
  const forgeries: fc.Arbitrary<Partial<Message>> = fc.oneof(
    fc
      .nat(0xffff)
      .filter((id) => id !== usual.id)
      .map((id) => ({ id })),
    fc
      .integer({ min: 1024, max: 65_535 })
      .filter((port) => port !== usual.port)
      .map((port) => ({ port })),
    fc.constantFrom("192.168.1.2", "203.0.113.53", "192.168.1.21").map((resolver) => ({ resolver })),
    fc.constantFrom<Side>("inside", null).map((side) => ({ side })),
    fc.constantFrom(
      ...others.map((host) => ({ host })),
      { host: { ...cut, mac: 0x0200_0000_0099 } },
      {
        host: { ...cut, address: "192.168.1.12" },
      },
    ),
    fc.constantFrom("deb.debian.org", "a.security.debian.org", "evil.example").map((name) => ({ name })),
    fc.integer({ min: 6001, max: 60_000 }).map((lateMs) => ({ at: start + lateMs })),
    fc.constant<Partial<Message>>({ mark: "stopped" }),
  );
  fc.assert(
    fc.property(fc.array(forgeries, { minLength: 1, maxLength: 20 }), (forged) => {
      const { ask, answer, open } = aCutWatch();
      ask();
      for (const fields of forged) answer(fields, "203.0.113.66");
      assert.deepEqual(open().remedies, []);
    }),
  );
});

test("an answer counts once, and only after its question", () => {
  const { ask, answer, open, watch } = aCutWatch();
  answer({}, "203.0.113.66");
  assert.deepEqual(open().remedies, []);
  ask({ mark: "stopped" });
  answer({}, "203.0.113.66");
  assert.deepEqual(open().remedies, []);
  ask();
  answer({}, "203.0.113.1");
  answer({}, "203.0.113.66");
  assert.equal(open().remedies.length, 1);
  watch.quarantined(new Set());
  assert.deepEqual(open().remedies, []);
});

test("what a machine asked for before it was cut off is open from then on, for as long as its answer lasts", () => {
  const { watch, ask, answer, learnResolver, first, open } = aWatch();
  learnResolver();
  ask();
  assert.ok(!answer({}, "203.0.113.1"), "nothing is open for who is not cut off");
  ask({ host: first });
  answer({ host: first }, "203.0.113.2");
  assert.deepEqual([open().remedies, watch.takeFresh(start).remedies], [[], []]);
  watch.quarantined(new Set([cut.mac]));
  assert.deepEqual(
    open(start + 100_000).remedies.map(({ address, seconds }) => [address, seconds]),
    [["203.0.113.1", 200]],
  );
  assert.deepEqual(open(start + 301_000).remedies, []);
});

test("machines that are not cut off take no room from one that is", () => {
  const { watch, ask, answer, learnResolver, open } = aWatch();
  learnResolver();
  for (let index = 0; index < 5000; index += 1) {
    const host = { mac: 0x0200_0001_0000 + index, address: "192.168.1.77" };
    ask({ host });
    answer({ host }, "203.0.113.2");
  }
  watch.quarantined(new Set([cut.mac]));
  ask();
  answer({}, "203.0.113.1");
  assert.equal(open().remedies.length, 1);
  assert.ok(!watch.takeFull());
});

test("what a resolver beyond the site says opens nothing until enough established machines have asked it for long", () => {
  const far = "203.0.113.53";
  const minute = 60_000;
  const users = Array.from({ length: 3 }, (_, index) => ({ mac: 0x0200_0000_0031 + index, address: "192.168.1.31" }));
  const established = new Set(users.map(({ mac }) => mac));
  const { watch, ask, answer, first, second, open } = aWatch();
  const uses = (host: Message["host"], at: number) => {
    ask({ host, resolver: far, name: "a.example", at });
    answer({ host, resolver: far, name: "a.example", at }, "198.51.100.1");
  };
  watch.quarantined(new Set([cut.mac]));
  const asks = (at: number) => {
    ask({ resolver: far, at });
    answer({ resolver: far, at }, "198.51.100.66");
    return open(at).remedies.map(({ address }) => address);
  };
  // Two infected machines, or one under two hardware addresses, for however long.
  for (let at = start; at <= start + 60 * minute; at += 10 * minute) for (const host of [first, second]) uses(host, at);
  assert.ok(!watch.established(established, start + 60 * minute));
  assert.deepEqual([watch.resolvers(), asks(start + 60 * minute)], [[], []]);
  for (const at of [start + 60 * minute, start + 70 * minute]) for (const host of users) uses(host, at);
  assert.ok(watch.established(established, start + 70 * minute));
  assert.deepEqual([watch.resolvers(), asks(start + 70 * minute)], [[far], ["198.51.100.66"]]);
  // One of them is accused: what is open ends by itself, and is not opened anew.
  assert.ok(watch.established(new Set([...established].slice(1)), start + 71 * minute));
  assert.deepEqual([watch.resolvers(), asks(start + 71 * minute)], [[], []]);
});

test("where the site's resolvers contradict one another about a remedy, it is said", () => {
  const { watch, ask, answer, learnResolver } = aCutWatch();
  const other = "192.168.1.2";
  const said = (at = start) =>
    watch.report(at, new Map()).map(({ address, resolver, contradictedBy }) => [address, resolver, contradictedBy]);
  learnResolver(undefined, other);
  ask();
  answer({}, "203.0.113.1", "203.0.113.2");
  assert.deepEqual(said(), [
    ["203.0.113.1", "192.168.1.1", undefined],
    ["203.0.113.2", "192.168.1.1", undefined],
  ]);
  ask({ resolver: other });
  answer({ resolver: other }, "203.0.113.66");
  assert.deepEqual(said(), [
    ["203.0.113.1", "192.168.1.1", [other]],
    ["203.0.113.2", "192.168.1.1", [other]],
    ["203.0.113.66", other, ["192.168.1.1"]],
  ]);
  // A common address is none.
  ask();
  answer({}, "203.0.113.66");
  assert.deepEqual(
    said().map(([, , contradictedBy]) => contradictedBy),
    [undefined, undefined, undefined],
  );
});

test("a resolver that was named to the site is one before it has answered anybody, and no longer once it is not", () => {
  const { watch, ask, answer, open } = aWatch();
  const named = "203.0.113.53";
  const key = parseAddress(named);
  assert.ok(key !== null);
  assert.ok(watch.nameResolvers([key]));
  assert.ok(!watch.nameResolvers([key]), "nothing new");
  assert.deepEqual(watch.resolvers(), [named]);
  watch.quarantined(new Set([cut.mac]));
  ask({ resolver: named });
  answer({ resolver: named }, "198.51.100.7");
  assert.deepEqual(
    open().remedies.map(({ address }) => address),
    ["198.51.100.7"],
  );
  assert.ok(watch.nameResolvers([]));
  assert.deepEqual(watch.resolvers(), []);
});

test("where the box routes, it is the one resolver from the start, whoever else answers", () => {
  const ownResolver = parseAddress(usual.resolver);
  assert.ok(ownResolver !== null);
  const { watch, ask, answer, learnResolver, first, second, open } = aWatch({ ownResolver });
  for (const host of [first, second]) learnResolver(host, "203.0.113.53");
  assert.deepEqual(watch.resolvers(), [usual.resolver]);
  watch.quarantined(new Set([cut.mac]));
  ask({ resolver: "203.0.113.53" });
  answer({ resolver: "203.0.113.53" }, "198.51.100.7");
  assert.deepEqual(open().remedies, []);
  ask();
  answer({}, "198.51.100.8");
  assert.deepEqual(
    open().remedies.map(({ address }) => address),
    ["198.51.100.8"],
  );
});

test("what a quarantined machine is answered makes nobody a resolver, and a stranger's answer opens nothing", () => {
  const { watch, ask, answer, learnResolver, first, open } = aWatch();
  const far = "203.0.113.53";
  watch.quarantined(new Set([cut.mac]));
  learnResolver(first, far);
  ask({ resolver: far });
  answer({ resolver: far }, "203.0.113.66");
  assert.deepEqual(watch.resolvers(), []);
  assert.deepEqual(open().remedies, []);
});

test("a probe's name opens the page and no way out", () => {
  const { ask, answer, open } = aCutWatch();
  ask({ name: "www.msftconnecttest.com" });
  answer({ name: "www.msftconnecttest.com" }, "203.0.113.9");
  assert.deepEqual(open().remedies, []);
  assert.deepEqual(open().portals, [{ mac: formatMac(cut.mac), address: "203.0.113.9", seconds: 300 }]);
});

test("no machine has more open than its share, and asking again keeps open what is", () => {
  const { ask, answer, open, watch } = aCutWatch();
  const address = (index: number) => `203.0.113.${index}`;
  for (let index = 0; index < 40; index += 1) {
    ask();
    answer({}, address(index));
  }
  assert.equal(open().remedies.length, maxOpenPerHost);
  assert.ok(watch.takeFull());
  const later = start + 200_000;
  ask({ at: later });
  answer({ at: later }, address(0));
  const [first] = open(later).remedies;
  assert.deepEqual([first?.address, first?.seconds], [address(0), 300]);
  assert.ok(!watch.takeFull());
});

test("questions without an answer are forgotten, and one machine's push out nobody else's", () => {
  const { ask, answer, learnResolver, first, watch } = aWatch();
  watch.quarantined(new Set([cut.mac]));
  for (let id = 0; id < 5000; id += 1) ask({ id });
  learnResolver(first);
  assert.deepEqual(watch.resolvers(), ["192.168.1.1"]);
  const later = start + 10_000;
  ask({ at: later, id: 9999 });
  answer({ at: later, id: 9999 }, "203.0.113.1");
  assert.equal(watch.all(later).remedies.length, 1);
});
