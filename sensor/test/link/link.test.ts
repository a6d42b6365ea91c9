import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createServer } from "node:tls";
import {
  contractVersion,
  parseHello,
  parseNotices,
  parsePresence,
  topicOf,
  type Hello,
  type Reported,
} from "@cordon/contract";
import { pino } from "pino";
import { Dialer } from "../../src/link/dialer.ts";
import { Link, type LinkOptions } from "../../src/link/link.ts";
import { NoticeSender } from "../../src/link/notice-sender.ts";
import { Spool } from "../../src/record/spool.ts";
import { anAuthority, type Authority, type Identity } from "./certificates.ts";
import { TestBroker } from "./test-broker.ts";

const bootId = "0123456789abcdef";
const sensor = "box-1";
const log = pino({ level: "silent" });

const hello: Hello = {
  version: contractVersion,
  bootId,
  at: 1,
  software: "0.1.0",
  kernel: "test",
  placement: { kind: "lan", reasons: [], blindSpots: [] },
  interfaces: [],
  kernelFeatures: {},
  canContain: false,
};

const reported: Reported = {
  version: contractVersion,
  bootId,
  at: 1,
  epoch: 0,
  revision: 0,
  placement: "lan",
  line: { state: "unknown", since: 1, text: "nothing was heard yet" },
  containments: [],
  health: [],
  refused: {},
};

const authority = await anAuthority();
const server = await authority.issue("cordon-controller", ["cordon-controller"]);
const client = await authority.issue(sensor);

function aLink(
  t: TestContext,
  port: number,
  changes: Partial<Omit<LinkOptions, "identity">> & {
    identity?: Identity;
    trust?: Authority;
    serverName?: string;
  } = {},
): Link {
  const { identity = client, trust = authority, serverName = "cordon-controller", ...options } = changes;
  const link = new Link({
    profile: { sensor },
    dialer: new Dialer({
      controller: { host: "127.0.0.1", port, fallbackPort: port, serverName },
      trustedNow: () => Date.now(),
    }),
    identity: () => ({ credentials: identity, authority: trust.certificate }),
    bootId,
    now: () => Date.now(),
    random: () => 0.1,
    log,
    hello: () => hello,
    reported: () => reported,
    onDesired: () => undefined,
    onStored: () => undefined,
    limits: { retry: { baseMs: 100, maxMs: 300 } },
    ...options,
  });
  t.after(() => link.close());
  return link;
}

async function aBroker(t: TestContext, port = 0): Promise<TestBroker> {
  const broker = await TestBroker.start(server, authority, port);
  t.after(() => broker.close());
  return broker;
}

test("after each connect presence, hello and the report are told, retained and at QoS 1", async (t) => {
  const broker = await aBroker(t);
  aLink(t, broker.port).start();
  await broker.until(() => broker.on("reported").length === 1);
  assert.equal(broker.clientNames[0], sensor);
  for (const channel of ["presence", "hello", "reported"] as const) {
    const message = broker.received.find(({ topic }) => topic === topicOf(sensor, channel));
    assert.deepEqual([message?.retain, message?.qos], [true, 1], channel);
  }
  assert.ok(parseHello(broker.on("hello")[0] ?? "").ok);
  broker.cut();
  await broker.until(() => broker.on("reported").length === 2);
  const states = broker.on("presence").flatMap((payload) => {
    const parsed = parsePresence(payload);
    return parsed.ok ? [parsed.value.state as string] : [];
  });
  assert.deepEqual(states.toSorted(), ["offline", "online", "online"]);
});

/** What a broker hears of a sensor, in its order: channels, and the asking for orders. */
function order(broker: TestBroker): string[] {
  const heard: string[] = [];
  const { authorizePublish, authorizeSubscribe } = broker.aedes;
  broker.aedes.authorizePublish = (from, packet, done) => {
    heard.push(packet.topic.split("/").at(-1) ?? "");
    authorizePublish.call(broker.aedes, from, packet, done);
  };
  broker.aedes.authorizeSubscribe = (from, subscription, done) => {
    heard.push(`asks for ${subscription.topic.split("/").at(-1) ?? ""}`);
    authorizeSubscribe.call(broker.aedes, from, subscription, done);
  };
  return heard;
}

test("it says what it holds before it asks for its orders, and asks for none that it may miss", async (t) => {
  const broker = await aBroker(t);
  await broker.send(topicOf(sensor, "desired"), "document");
  const heard = order(broker);
  await new Promise<void>((resolve) => {
    aLink(t, broker.port, { onDesired: () => resolve(), onAsk: () => undefined }).start();
  });
  assert.deepEqual(heard, ["asks for +", "presence", "hello", "reported", "asks for desired", "asks for stored"]);
});

test("while it cannot say what it holds it asks for no orders, and then at once", async (t) => {
  const broker = await aBroker(t);
  await broker.send(topicOf(sensor, "desired"), "document");
  const heard = order(broker);
  const taken = Promise.withResolvers<void>();
  const link = aLink(t, broker.port, { reported: () => null, onDesired: () => taken.resolve() });
  link.start();
  await broker.until(() => broker.on("hello").length === 1);
  assert.deepEqual(heard, ["presence", "hello"]);
  assert.ok(link.publishReported(reported));
  assert.ok(link.publishReported(reported));
  await taken.promise;
  assert.deepEqual(heard.filter((each) => each === "asks for desired").length, 1);
  assert.ok(heard.indexOf("reported") < heard.indexOf("asks for desired"));
});

test("whoever cannot say what it holds within its patience gets its orders all the same", async (t) => {
  const broker = await aBroker(t);
  await broker.send(topicOf(sensor, "desired"), "document");
  await new Promise<void>((resolve) => {
    const limits = { reportPatienceMs: 20 };
    aLink(t, broker.port, { reported: () => null, onDesired: () => resolve(), limits }).start();
  });
  assert.equal(broker.on("reported").length, 0);
});

test("a retained desired document and `stored` reach their takers", async (t) => {
  const broker = await aBroker(t);
  await broker.send(topicOf(sensor, "desired"), "document");
  const taken: string[] = [];
  const both = new Promise<void>((resolve) => {
    const take = (text: string) => {
      taken.push(text);
      if (taken.length === 2) resolve();
    };
    const link = aLink(t, broker.port, {
      onDesired: (payload) => {
        take(Buffer.from(payload).toString());
        void broker.send(topicOf(sensor, "stored"), "committed");
      },
      onStored: (payload) => take(Buffer.from(payload).toString()),
    });
    link.start();
  });
  await both;
  assert.deepEqual(taken, ["document", "committed"]);
});

test("a broker that refuses the certificate does not hang the link: it tries again and again", async (t) => {
  const identity = await (await anAuthority("somebody else")).issue(sensor);
  const broker = await aBroker(t);
  let refusals = 0;
  const tries = new Promise<void>((resolve) => {
    const link = aLink(t, broker.port, {
      identity,
      random: () => {
        if (++refusals === 3) resolve();
        return 0;
      },
    });
    link.start();
  });
  await tries;
  assert.equal(broker.received.length, 0);
});

test("a server with another name or of another authority is not talked to", async (t) => {
  const other = await anAuthority("another");
  for (const changes of [{ serverName: "another-name" }, { trust: other }]) {
    const broker = await aBroker(t);
    const failed = new Promise<void>((resolve) => {
      const link = aLink(t, broker.port, {
        ...changes,
        random: () => {
          resolve();
          return 1;
        },
      });
      link.start();
    });
    await failed;
    assert.equal(broker.received.length, 0);
  }
});

test("a server that accepts and then says nothing is given up after the time for connecting", async (t) => {
  const silent = createServer({ cert: server.certificate, key: server.privateKey }, () => undefined);
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const sockets = new Set<{ destroy: () => void }>();
  silent.on("secureConnection", (socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  await new Promise<void>((resolve) => {
    const link = aLink(t, (silent.address() as AddressInfo).port, {
      limits: { retry: { baseMs: 1000, maxMs: 1000 }, connectTimeoutMs: 300 },
      random: () => {
        resolve();
        return 1;
      },
    });
    link.start();
  });
});

test("two with one key take each other's place, and each notices", async (t) => {
  const broker = await aBroker(t);
  const standing = { first: 0, second: 0 };
  const contested = (name: "first" | "second") =>
    new Promise<void>((resolve) => {
      const link = aLink(t, broker.port, {
        onChange: (isConnected) => {
          if (isConnected) standing[name] += 1;
          if (link.isContested) resolve();
        },
      });
      link.start();
    });
  await Promise.all([contested("first"), contested("second")]);
  assert.ok(standing.first >= 6 && standing.second >= 6, JSON.stringify(standing));
});

test("offline nothing is taken and nothing is queued", async (t) => {
  const link = aLink(t, 1);
  link.start();
  assert.equal(link.publishNotices("{}"), false);
  assert.equal(link.publishReported(reported), false);
});

test("notices outlive a broker that dies before the store has them, and are sent again from the lowest", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-link-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const spool = new Spool({
    folder,
    bootId,
    startedAt: 1,
    now: () => 0,
    monotonic: () => performance.now(),
    onSpooled: () => void sender.pump(),
    onInvalid: ({ kind }) => assert.fail(kind),
  });
  const sender: NoticeSender = new NoticeSender({
    spool,
    publish: (payload) => link.publishNotices(payload),
    monotonic: () => performance.now(),
    onRefused: (code) => assert.fail(code),
  });
  await spool.open();
  t.after(() => spool.close());
  const first = await TestBroker.start(server, authority);
  const { port } = first;
  const link = aLink(t, port, {
    onStored: (payload) => void sender.stored(payload),
    onChange: (isConnected) => {
      if (isConnected) void sender.connected();
    },
  });
  for (let index = 1; index <= 3; index++) spool.append({ kind: "line", at: index, line: reported.line });
  link.start();
  await first.until(() => first.on("notices").length > 0);
  await first.close();
  spool.append({ kind: "line", at: 4, line: reported.line });
  await spool.flush();

  const second = await aBroker(t, port);
  await second.until(() => second.on("notices").length === 1);
  assert.deepEqual(sequencesIn(second.on("notices")[0]), [1, 2, 3, 4]);
  await second.send(topicOf(sensor, "stored"), JSON.stringify({ version: 1, bootId, sequence: 2 }));
  spool.append({ kind: "line", at: 5, line: reported.line });
  await second.send(topicOf(sensor, "stored"), JSON.stringify({ version: 1, bootId, sequence: 4 }));
  await second.until(() => second.on("notices").length === 2);
  assert.deepEqual(sequencesIn(second.on("notices")[1]), [5]);
});

function sequencesIn(payload = ""): number[] {
  const parsed = parseNotices(payload);
  return parsed.ok ? parsed.value.notices.map((notice) => notice.sequence) : [];
}

test("a connection that is still open at the broker when the sensor comes back leaves it online, not offline", async (t) => {
  const broker = await aBroker(t);
  const stale = aLink(t, broker.port, { random: () => 1, limits: { retry: { baseMs: 60_000, maxMs: 60_000 } } });
  stale.start();
  await broker.until(() => broker.on("presence").length === 1);
  const back = aLink(t, broker.port, { bootId: "fedcba9876543210" });
  back.start();
  await broker.until(() => broker.on("presence").length >= 3);
  const retained = parsePresence(broker.on("presence").at(-1) ?? "");
  assert.ok(retained.ok);
  assert.deepEqual([retained.value.state, retained.value.bootId], ["online", "fedcba9876543210"]);
});
