import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { test, type TestContext } from "node:test";
import {
  bundlePath,
  updateStatusName,
  type DesiredDocument,
  type RunningRelease,
  type SignedDesired,
  type UpdateOrder,
  type UpdateStatus,
} from "@cordon/contract";
import { pino } from "pino";
import { HealthBoard } from "../agent/health-board.ts";
import { UpdateKeeper, type UpdateKeeperOptions } from "./update-keeper.ts";

const signed: SignedDesired = { document: "{}", keyId: "0123456789abcdef", signature: "AAAA" };

/** A controller's end that hands out a bundle, and breaks off when it is told to; and a keeper before it. */
async function aStand(t: TestContext, changes: Partial<UpdateKeeperOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "cordon-update-"));
  const bundle = randomBytes(100_000);
  const asked: string[] = [];
  const end = { given: bundle, breaksAfter: Number.POSITIVE_INFINITY, isHoldingBack: false };
  const server = createServer((request, response) => {
    const { range = "" } = request.headers;
    asked.push(range);
    const [from = 0, to = 0] = (range.match(/\d+/g) ?? []).map(Number);
    if (end.isHoldingBack || request.url !== bundlePath(order.sha256)) return void response.writeHead(404).end();
    response.writeHead(206, {
      "content-range": `bytes ${from}-${to}/${bundle.length}`,
      "content-length": to - from + 1,
    });
    end.breaksAfter -= 1;
    if (end.breaksAfter > 0) return void response.end(end.given.subarray(from, to + 1));
    // In the midst of what was promised.
    response.write(end.given.subarray(from, from + 5_000), () => response.destroy());
    end.breaksAfter = Number.POSITIVE_INFINITY;
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  const health = new HealthBoard(() => 7);
  const waiting = new Set<() => void>();
  const look = () => waiting.forEach((wake) => wake());
  const state = join(folder, "state", "update");
  const make = () =>
    new UpdateKeeper({
      ...{ folder: state, statusFolder: folder, health, log: pino({ level: "silent" }) },
      // What is dialled is the dialer's own test; here it is without its TLS.
      dialer: { dial: () => Promise.resolve(connect(port, "127.0.0.1") as TLSSocket) },
      identity: () => ({ credentials: { certificate: "", privateKey: "" }, authority: "" }),
      ...{ isLineWell: () => true, random: () => 0.5, now: () => 7, monotonic: () => performance.now() },
      limits: { partBytes: 20_000, reserveBytes: 0, lineLookMs: 5, retry: { baseMs: 5, maxMs: 10 } },
      onChange: look,
      ...changes,
    });
  const order: UpdateOrder = {
    ...{ id: "u-1", version: "0.2.0", notBefore: 1, notAfter: 2, size: bundle.length, author: "Olga" },
    sha256: createHash("sha256").update(bundle).digest("hex"),
  };
  const documentWith = (update?: UpdateOrder, more: object = {}) =>
    ({ ...(update === undefined ? {} : { update }), ...more }) as unknown as DesiredDocument;
  const tell = (status: Partial<UpdateStatus>) =>
    writeFileSync(
      join(folder, updateStatusName),
      JSON.stringify({ id: null, phase: "good", words: "", at: 1, ...status }),
    );
  const request = () => JSON.parse(readFileSync(join(state, "request.json"), "utf8")) as Record<string, unknown>;
  /** Lets it look until that holds. */
  const until = async (keeper: UpdateKeeper, holds: () => boolean) => {
    for (let round = 0; round < 2000 && !holds(); round += 1) {
      keeper.look();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.ok(holds(), JSON.stringify(keeper.reported));
  };
  return { state, bundle, asked, end, health, make, order, documentWith, tell, request, until };
}

test("a bundle comes whole although the connection breaks and the process ends; then it is asked for", async (t) => {
  const { state, bundle, asked, end, make, order, documentWith, request, until } = await aStand(t);
  const first = make();
  end.breaksAfter = 2;
  first.adopt(documentWith(order), signed);
  await until(first, () => asked.length >= 3);
  await first.close();
  const before = asked.length;
  assert.equal(asked[2], "bytes=25000-44999", "it goes on where it broke");
  const second = make();
  t.after(() => second.close());
  second.adopt(documentWith(order), signed);
  await until(second, () => second.reported.order?.phase === "waiting");
  assert.ok(!asked.slice(before).some((range) => range.startsWith("bytes=0-")), "nor does the next life begin anew");
  assert.deepEqual(readFileSync(join(state, "bundle.raucb")), bundle);
  const { author: _, ...asks } = order;
  assert.deepEqual(request(), asks);
  // Whoever installs goes by what the controller has signed.
  assert.deepEqual(JSON.parse(readFileSync(join(state, "order.json"), "utf8")), signed);
});

test("it tells what whoever installs says, follows another window, and keeps the end of it over a start", async (t) => {
  const { state, health, make, order, documentWith, tell, request, until } = await aStand(t);
  const keeper = make();
  keeper.adopt(documentWith(order), signed);
  await until(keeper, () => keeper.reported.order?.phase === "waiting");
  tell({ id: "u-1", phase: "installed", words: "It waits.", running: { version: "0.1.0", slot: "a" } });
  await until(keeper, () => keeper.reported.order?.phase === "installed");
  assert.deepEqual(keeper.reported.running, { version: "0.1.0", slot: "a" });
  keeper.adopt(documentWith({ ...order, notBefore: 10, notAfter: 20 }), signed);
  await until(keeper, () => request()["notAfter"] === 20);
  // Of the box's own key there is no word on releases.
  keeper.adopt(documentWith(undefined, { local: {} }), signed);
  tell({ id: "u-1", phase: "fell-back", words: "judge did not name the self-test worm" });
  await until(keeper, () => keeper.reported.order?.phase === "fell-back");
  assert.deepEqual(readdirSync(state).toSorted(), ["order.json", "outcome.json", "request.json"]);
  assert.match(health.list()[0]?.text ?? "", /0\.2\.0 did not work.*judge did not name/);
  await keeper.close();
  tell({});
  const next = make();
  t.after(() => next.close());
  next.look();
  assert.deepEqual(readdirSync(state).length, 3, "what no document says anything of is left alone");
  next.adopt(documentWith(order), signed);
  await until(next, () => next.reported.order?.phase === "fell-back");
  next.adopt(documentWith(), signed);
  await until(next, () => next.reported.order === undefined && health.list().length === 0);
  assert.throws(() => readdirSync(state), /ENOENT/);
});

interface Refusal {
  readonly name: string;
  readonly changes?: Partial<UpdateKeeperOptions>;
  readonly given?: Buffer;
  readonly running?: RunningRelease;
  readonly phase: string;
  readonly words: RegExp;
}

test("what is not what was ordered, or has no room, is refused and leaves nothing; what runs already is good", async (t) => {
  const refusals: readonly Refusal[] = [
    { name: "damaged", given: Buffer.alloc(100_000), phase: "refused", words: /its digest is another/ },
    {
      ...{ name: "no room", changes: { limits: { reserveBytes: Number.MAX_SAFE_INTEGER } }, phase: "refused" },
      words: /have to stay free, and \d+ MB are/,
    },
    { name: "runs", running: { version: "0.2.0", slot: "b" }, phase: "good", words: /runs it already/ },
  ];
  for (const { name, changes, given, running, phase, words } of refusals) {
    await t.test(name, async (each) => {
      const { state, end, asked, make, order, documentWith, tell, until } = await aStand(each, changes);
      if (given !== undefined) end.given = Buffer.from(given);
      if (running !== undefined) tell({ running });
      const keeper = make();
      each.after(() => keeper.close());
      keeper.adopt(documentWith(order), signed);
      await until(keeper, () => keeper.reported.order?.phase === phase);
      assert.match(keeper.reported.order?.words ?? "", words);
      assert.deepEqual(readdirSync(state), ["outcome.json"]);
      assert.equal(asked.length > 0, name === "damaged");
    });
  }
});

test("nothing is asked for over a line that is not well, nor again and again of a controller that has it not", async (t) => {
  const line = { isWell: false };
  const { asked, end, make, order, documentWith, until } = await aStand(t, { isLineWell: () => line.isWell });
  const keeper = make();
  t.after(() => keeper.close());
  keeper.adopt(documentWith(order), signed);
  await until(keeper, () => /line is not well/.test(keeper.reported.order?.words ?? ""));
  assert.equal(asked.length, 0);
  end.isHoldingBack = true;
  line.isWell = true;
  await until(keeper, () => /did not give it: it answered 404/.test(keeper.reported.order?.words ?? ""));
  end.isHoldingBack = false;
  await until(keeper, () => keeper.reported.order?.phase === "waiting");
});
