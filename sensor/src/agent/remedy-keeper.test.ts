import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { encode, type Answer } from "dns-packet";
import { pino } from "pino";
import type { Side } from "../capture/frame.ts";
import type { Observed } from "../containment/protocol.ts";
import type { RemedyChange, RemedyOutcome } from "../containment/remedy-protocol.ts";
import { SensorError } from "../errors.ts";
import { formatMac } from "../packet/address.ts";
import { aFrame, ethernet, ipv4, udp } from "../packet/frame-builder.ts";
import { createPacket, protocols } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { HealthBoard } from "./health-board.ts";
import { RemedyKeeper } from "./remedy-keeper.ts";

const cut = 0x0200_0000_0011;
const router = 0x0200_0000_0001;
const at = 1_764_000_000_000;
const observed: Observed = {
  at: 0,
  skeleton: "s",
  quarantined: [{ mac: formatMac(cut), packets: 0, packetsToHost: 0 }],
  vectors: [],
  handedUp: {},
  heldBack: {},
};

function aKeeper(t: TestContext) {
  const asked: RemedyChange[] = [];
  const state: { failure: SensorError | null; outcome: RemedyOutcome } = {
    failure: null,
    outcome: { used: [], refused: [] },
  };
  const health = new HealthBoard(() => at);
  const established = new Set<string>();
  const keeper = new RemedyKeeper({
    executor: {
      openRemedies(change) {
        asked.push(change);
        return state.failure === null ? Promise.resolve(state.outcome) : Promise.reject(state.failure);
      },
    },
    localNets: [],
    now: () => at,
    log: pino({ level: "silent" }),
    health,
    pages: () => 7,
    established: () => established,
  });
  t.after(() => keeper.close());
  const datagram = (
    side: Side,
    mac: number,
    ports: readonly [number, number],
    payload: Uint8Array,
    [resolver, when] = ["192.168.1.1", at] as readonly [string, number],
  ) => {
    const isOut = side === "inside";
    const packet = createPacket();
    const [source, destination] = isOut ? ["192.168.1.11", resolver] : [resolver, "192.168.1.11"];
    const ip = ipv4(protocols.udp, udp(ports[0], ports[1], [...payload]), { source, destination });
    const bytes = isOut ? ethernet(0x0800, ip, mac, router) : ethernet(0x0800, ip, router, mac);
    assert.ok(parseFrame(aFrame(bytes, { at: when, side }), packet, new WeirdCounter()));
    keeper.observe(packet);
  };
  let id = 0;
  /** A question and its answer. */
  const resolve = (mac: number, name: string, ...addresses: readonly string[]) =>
    resolveBy(["192.168.1.1", at], mac, name, ...addresses);
  const resolveBy = (by: readonly [string, number], mac: number, name: string, ...addresses: readonly string[]) => {
    id += 1;
    const questions = [{ type: "A" as const, name }];
    const answers = addresses.map((data): Answer => ({ type: "A", name, data, ttl: 300 }));
    datagram("inside", mac, [5000, 53], encode({ type: "query", id, questions }), by);
    datagram("outside", mac, [53, 5000], encode({ type: "response", id, questions, answers }), by);
  };
  const settled = () => new Promise<void>((done) => setImmediate(done));
  return { keeper, asked, state, health, established, resolve, resolveBy, settled };
}

test("an answer for a remedy's name opens its address at once, for who asked", async (t) => {
  const { keeper, asked, state, resolve, settled } = aKeeper(t);
  keeper.adopt({});
  resolve(0x0200_0000_0012, "www.example.com", "203.0.113.7");
  await settled();
  assert.deepEqual(keeper.report().resolvers, ["192.168.1.1"]);
  keeper.seen(observed);
  await settled();
  asked.length = 0;
  state.outcome = { used: [{ mac: formatMac(cut), address: "203.0.113.7", packets: 9 }], refused: [] };
  resolve(cut, "download.WindowsUpdate.com", "203.0.113.7");
  resolve(cut, "captive.apple.com", "203.0.113.8");
  resolve(cut, "evil.example", "203.0.113.9");
  await settled();
  assert.deepEqual(
    asked.flatMap(({ remedies }) => remedies),
    [{ mac: formatMac(cut), address: "203.0.113.7", ports: [80, 443], seconds: 300 }],
  );
  assert.deepEqual(
    asked.flatMap(({ portals }) => portals),
    [{ mac: formatMac(cut), address: "203.0.113.8", seconds: 300 }],
  );
  assert.deepEqual(keeper.report(), {
    resolvers: ["192.168.1.1"],
    open: [
      {
        host: formatMac(cut),
        name: "download.windowsupdate.com",
        address: "203.0.113.7",
        ports: [80, 443],
        until: at + 300_000,
        packets: 9,
        alsoServes: ["www.example.com"],
        resolver: "192.168.1.1",
      },
    ],
    pages: 7,
    refusal: null,
  });
});

test("after a failure all of it is asked for again, and the second one is a trouble until it works", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { keeper, asked, state, health, resolve, settled } = aKeeper(t);
  keeper.start();
  keeper.adopt({ remedies: { shipped: true, names: [], addresses: [{ address: "203.0.113.1" }] } });
  resolve(0x0200_0000_0012, "www.example.com", "203.0.113.7");
  keeper.seen(observed);
  resolve(cut, "security.debian.org", "203.0.113.7");
  state.failure = new SensorError("nft-failed", "no table");
  await settled();
  t.mock.timers.tick(5000);
  await settled();
  t.mock.timers.tick(5000);
  await settled();
  assert.equal(health.list()[0]?.code, "remedies-failed");
  state.failure = null;
  t.mock.timers.tick(5000);
  await settled();
  assert.deepEqual(health.list(), []);
  const last = asked.at(-1);
  assert.equal(last?.remedies.length, 1);
  assert.deepEqual(
    last?.addresses,
    [80, 443].map((port) => ({ address: "203.0.113.1", port })),
  );
  assert.deepEqual(last?.resolvers, ["192.168.1.1"]);
});

test("who is released has nothing open any more", async (t) => {
  const { keeper, resolve, settled } = aKeeper(t);
  resolve(0x0200_0000_0012, "www.example.com", "203.0.113.7");
  keeper.seen(observed);
  resolve(cut, "security.debian.org", "203.0.113.7");
  assert.equal(keeper.report().open.length, 1);
  keeper.seen(null);
  assert.equal(keeper.report().open.length, 1);
  keeper.seen({ ...observed, quarantined: [] });
  assert.equal(keeper.report().open.length, 0);
  await settled();
});

test("a resolver beyond the site is told while established machines that nothing is held of have chosen it, and taken back with it", async (t) => {
  const { keeper, asked, established, resolveBy, settled } = aKeeper(t);
  const far = "203.0.113.53";
  const users = [0x0200_0000_0021, 0x0200_0000_0022, 0x0200_0000_0023];
  const last = () => asked.findLast(({ resolvers }) => resolvers !== undefined)?.resolvers;
  for (const when of [at - 600_000, at])
    for (const mac of users) resolveBy([far, when], mac, "a.example", "203.0.113.7");
  keeper.seen(observed);
  await settled();
  assert.equal(last(), undefined, "nobody is established");
  for (const mac of users) established.add(formatMac(mac));
  keeper.seen(observed);
  await settled();
  assert.deepEqual(last(), [far]);
  keeper.seen({ ...observed, throttled: [{ mac: formatMac(users[0] ?? 0), packets: 0 }] });
  await settled();
  assert.deepEqual(last(), [], "what nobody has said for certain any more is taken out of the kernel");
});

test("whom a person has named as the site's resolver is one", async (t) => {
  const { keeper, asked, settled } = aKeeper(t);
  keeper.adopt({ resolvers: ["203.0.113.53"] });
  await settled();
  assert.deepEqual(asked.at(-1)?.resolvers, ["203.0.113.53"]);
});
