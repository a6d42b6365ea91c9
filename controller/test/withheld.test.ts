// A controller that is put back to an old copy of its data and cannot take up what a box holds: the box keeps that, gets
// nothing that would end it, and a person is told. Each by real parts: the store refuses, by triggers, as a full disk does.
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { sql } from "kysely";
import type { DesiredDocument } from "@cordon/contract";
import type { ControllerOptions } from "../src/controller.ts";
import type { Message } from "../src/notify/message.ts";
import { FakeSensor, type FakeSensorOptions } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { WebReceiver } from "./notification-receivers.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { backUpStore, openStore, restoreStore } from "./store.ts";

const hostOf = (number: number) => `02:00:5e:00:00:0${number}`;
const numbersOf = (document: DesiredDocument | undefined) =>
  (document?.containments ?? []).map(({ host }) => Number(host.slice(-1))).toSorted((a, b) => a - b);

const isPostgres = process.env["CORDON_TEST_STORE"] !== undefined;
const fullDisk = "database or disk is full";
const refusing = (table: string) =>
  isPostgres
    ? [
        `create function full_disk() returns trigger language plpgsql as $$ begin raise exception '${fullDisk}'; end $$`,
        `create trigger disk_full before insert on ${table} for each row execute function full_disk()`,
      ]
    : [`create trigger disk_full before insert on ${table} begin select raise(abort, '${fullDisk}'); end`];

/** A box that holds machines 1 and 2, and a controller whose records know of 3, 4 and 5, wished since they were restored. */
async function setUp(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  const [backup, removeBackup] = scratchDir();
  let controller = await startTestController(dataDir);
  const { brokerPort } = controller;
  const profile = await enrol(dataDir, brokerPort, { sensorId: "box-one" });
  const siteId = profile.site.id;
  const sensors: FakeSensor[] = [];
  t.after(async () => {
    for (const sensor of sensors) await sensor.close();
    await controller.close();
    remove();
    removeBackup();
  });
  let api = new ApiClient("");
  const restart = async (options: Partial<ControllerOptions>, act: () => Promise<void> | void = () => undefined) => {
    for (const sensor of sensors.splice(0)) await sensor.close();
    await controller.close();
    await act();
    controller = await startTestController(dataDir, { brokerPort, ...options });
    api = new ApiClient(controller.url);
    await api.signIn(await controller.createLoginLink());
  };
  const box = async (options: Partial<FakeSensorOptions> = {}) => {
    const sensor = await FakeSensor.start({ profile, ...options });
    sensors.push(sensor);
    return sensor;
  };
  const cut = async (...numbers: number[]) => {
    for (const number of numbers) {
      const body = { kind: "quarantine", vector: null, host: hostOf(number), reason: "A worm", expiresAt: null };
      const { status } = await api.call("POST", `/api/v1/sites/${siteId}/containments`, body);
      assert.equal(status, 201);
    }
  };
  const first = await box();
  await first.until(() => first.adopted.length > 0);
  await first.sendHosts(Array.from({ length: 8 }, (_, index) => aHost({ host: hostOf(index + 1) })));
  await first.until(() => first.stored.length > 0);
  await first.report();
  await restart({}, () => {
    cpSync(dataDir, backup, { recursive: true });
    backUpStore(dataDir, backup);
  });
  const second = await box({ holds: first.adopted.at(-1) as DesiredDocument });
  await cut(1, 2);
  await second.until(() => second.adopted.at(-1)?.containments.length === 2);
  const held = second.adopted.at(-1) as DesiredDocument;
  await restart(more, async () => {
    rmSync(dataDir, { recursive: true });
    cpSync(backup, dataDir, { recursive: true });
    await restoreStore(dataDir, backup);
  });
  await cut(3, 4, 5);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  return {
    held,
    box,
    cut,
    restart,
    /** Tells a receiver of what is critical from now on. */
    tell: async (port: number) => {
      const { status } = await api.call("POST", "/api/v1/notification-channels", {
        ...{ name: "Hook", kind: "webhook", settings: {}, secrets: { url: `http://127.0.0.1:${port}/in` } },
        ...{ leastSeverity: "warning", quietHours: null, sites: null, isEnabled: true },
      });
      assert.equal(status, 201);
    },
    /** Has the store refuse new rows of a table until there is {@link room}. */
    fill: async (table: string) => {
      for (const statement of refusing(table)) await sql.raw(statement).execute(store);
    },
    room: (table: string) => sql.raw(`drop trigger disk_full${isPostgres ? ` on ${table}` : ""}`).execute(store),
    /** Resolves with what the site's page says of orders that are kept back, once it says that. */
    withheld: async (isSaid = true) => {
      const troubleIn = (health: readonly { readonly code: string; readonly text: string }[]) =>
        health.find(({ code }) => code === "orders-withheld");
      const site = await api.siteWhen(siteId, ({ sensor }) => (troubleIn(sensor.health) !== undefined) === isSaid);
      return troubleIn(site.sensor.health)?.text ?? "";
    },
  };
}

test("more than may be taken up: the box keeps what it holds, wishes wait, and the page says what to do", async (t) => {
  const { held, box, cut, restart, withheld } = await setUp(t, { adoptionLimits: { newContainments: 1 } });
  const sensor = await box({ holds: held });
  assert.match(await withheld(), /release what is not needed/);
  await cut(6);
  await sensor.report();
  assert.deepEqual(sensor.received, []);
  await restart({});
  const back = await box({ holds: held });
  await back.until(() => back.adopted.length > 1);
  assert.deepEqual(numbersOf(back.adopted.at(-1)), [1, 2, 3, 4, 5, 6]);
  await withheld(false);
});

test("that a box gets no orders is told once, with what to do and where, and so is its end", async (t) => {
  const receiver = new WebReceiver();
  await receiver.up();
  t.after(() => receiver.down());
  const notifyLimits = {
    ...{ roundMs: 15, pauseMs: 60, longestMs: 2_000, commitMs: 0, troubleHoldMs: 30, troubleCalmMs: 30 },
  };
  const more = { notifyAllow: ["127.0.0.1"], notifyLimits };
  const { held, box, tell, restart, withheld } = await setUp(t, { adoptionLimits: { newContainments: 1 }, ...more });
  await tell(receiver.port);
  const findings = () => receiver.posts.flatMap(({ body }) => (JSON.parse(body) as Message).findings);
  const ofOrders = (words: string) => findings().filter(({ verdict }) => verdict.endsWith(words));
  await box({ holds: held });
  await withheld();
  await receiver.until(() => ofOrders("gets no orders.").length > 0);
  const [{ cause, nextStep, link } = assert.fail()] = ofOrders("gets no orders.");
  assert.match(cause, /These records know nothing of the orders \d+\.\d+ that this box follows/);
  assert.match(nextStep, /release what is not needed any more/);
  assert.match(link, /\/sites\//);
  await restart(more);
  await box({ holds: held });
  await receiver.until(() => ofOrders("gets its orders again.").length > 0);
  assert.equal(ofOrders("gets no orders.").length, 1);
  assert.equal(findings().filter(({ kind }) => kind === "health").length, 2, "and nothing else of it");
});

test("a store that takes no reports keeps nothing from being taken up", async (t) => {
  const { held, box, fill } = await setUp(t);
  await fill("reported");
  const sensor = await box({ holds: held });
  await sensor.until(() => sensor.adopted.length > 1);
  assert.deepEqual(numbersOf(sensor.adopted.at(-1)), [1, 2, 3, 4, 5]);
});

test("a full disk keeps the orders back until there is room, and then they come by themselves", async (t) => {
  const { held, box, fill, room, withheld } = await setUp(t, { adoptionLimits: { storeRetryMs: 200 } });
  await fill("containments");
  const sensor = await box({ holds: held });
  assert.match(await withheld(), /give it room.*disk is full/);
  assert.deepEqual(sensor.received, []);
  await room("containments");
  await sensor.until(() => sensor.adopted.length > 1);
  assert.deepEqual(numbersOf(sensor.adopted.at(-1)), [1, 2, 3, 4, 5]);
  assert.equal(sensor.received.length, 1);
  await withheld(false);
});

test("who cannot tell what it holds says which document it is, and keeps that until it has told", async (t) => {
  const { held, box, withheld } = await setUp(t);
  const sensor = await box({ holds: held, isMute: true });
  assert.match(await withheld(), /has not told yet/);
  assert.deepEqual(sensor.received, []);
  await sensor.report({
    containments: held.containments.map((one) => ({ ...one, packetsStopped: 2 ** 60, ...unseen })),
  });
  assert.match(await withheld(), /has not told yet/);
  assert.deepEqual(sensor.received, []);
  await sensor.report();
  await sensor.until(() => sensor.adopted.length > 1);
  assert.deepEqual(numbersOf(sensor.adopted.at(-1)), [1, 2, 3, 4, 5]);
});

test("who cannot tell what it holds, of which we know, gets its orders", async (t) => {
  const { held, box, cut } = await setUp(t);
  const sensor = await box({ holds: held });
  await sensor.until(() => sensor.adopted.length > 1);
  const known = sensor.adopted.at(-1) as DesiredDocument;
  await sensor.close();
  await cut(6);
  const back = await box({ holds: known, isMute: true });
  await back.until(() => back.adopted.length > 1);
  assert.deepEqual(numbersOf(back.adopted.at(-1)), [1, 2, 3, 4, 5, 6]);
});

const unseen = { level: "none", inForceSince: null, lastStoppedAt: null, refusal: null } as const;
