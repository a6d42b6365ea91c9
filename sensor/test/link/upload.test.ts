import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  contractVersion,
  isKeyed,
  maxInlineAnswerBytes,
  parseSiteProfile,
  selfTestKind,
  takesAsks,
  type Hello,
} from "@cordon/contract";
import { pino } from "pino";
import { BreakableLine } from "../../chaos/breakable-line.ts";
import { AskKeeper } from "../../src/link/ask-keeper.ts";
import { uploadAnswer } from "../../src/link/answer-upload.ts";
import { Dialer } from "../../src/link/dialer.ts";
import { Link } from "../../src/link/link.ts";
import { enrolSensor, startController } from "../../start/controller-process.ts";

const bootId = "0123456789abcdef";
const log = pino({ level: "silent" });
const retry = { baseMs: 20, maxMs: 100 };
const now = () => Date.now();
const random = () => 0.5;

interface AskSeen {
  readonly id: string;
  readonly status: string;
  readonly upload: { readonly sizeBytes: number } | null;
}

test("an answer that is too large for the broker arrives whole over a line that breaks again and again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-upload-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const line = await BreakableLine.start();
  t.after(() => line.close());
  const dataDir = join(folder, "data");
  const controller = await startController({ dataDir, httpPort: 0, brokerPort: 0 });
  t.after(() => controller.close());
  line.leadTo(controller.brokerPort);
  const profilePath = join(folder, "profile.json");
  await enrolSensor({
    ...{ dataDir, siteName: "Office", placement: "lan", localNets: [], profilePath },
    ports: { bridge: "br0", inside: "in0", outside: "out0" },
    ...{ controllerHost: "127.0.0.1", controllerPort: line.port },
  });
  const parsed = parseSiteProfile(await readFile(profilePath));
  assert.ok(parsed.ok && isKeyed(parsed.value));
  const profile = parsed.value;
  const { controller: place, credentials } = profile;
  const dialer = new Dialer({ controller: { ...place, fallbackPort: place.port }, trustedNow: now });
  const identity = () => ({ credentials, authority: place.authority });

  const body = { text: Array.from({ length: 200_000 }, (_, index) => `line ${index}`).join("\n") };
  const hello: Hello = {
    ...{ version: contractVersion, bootId, at: 1, software: "0", kernel: "test", interfaces: [] },
    ...{ placement: { kind: "lan", reasons: [], blindSpots: [] }, kernelFeatures: {}, canContain: false },
    takes: [takesAsks],
  };
  const asks: AskKeeper = new AskKeeper({
    bootId,
    handlers: {
      [selfTestKind]: () => {
        // Each time in the midst of some part.
        line.breakAfter(300_000, 4);
        return Promise.resolve({ status: "done", body });
      },
    },
    publish: (askId, payload, confirmed) => link.publishAnswer(askId, payload, confirmed),
    upload: (askId, source, signal) =>
      uploadAnswer({ dialer, identity, random, limits: { retry } }, askId, source, signal),
    now,
    monotonic: () => performance.now(),
    onRefused: (code) => assert.fail(code),
    log,
  });
  const link: Link = new Link({
    ...{ profile, dialer, identity, bootId, now, random, log, limits: { retry, reportPatienceMs: 0 } },
    hello: () => hello,
    reported: () => null,
    onDesired: () => undefined,
    onStored: () => undefined,
    onAsk: (askId, payload) => asks.take(askId, payload),
    onChange(isConnected) {
      if (isConnected) asks.tell(true);
    },
  });
  t.after(async () => {
    asks.close();
    await link.close();
  });
  link.start();

  let cookie = "";
  const call = async (method: string, path: string, content?: unknown): Promise<Response> =>
    fetch(`${controller.url}${path}`, {
      method,
      headers: { cookie, ...(content === undefined ? {} : { "content-type": "application/json" }) },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
  const session = await call("POST", "/api/v1/session", { token: controller.loginLink.split("#")[1] });
  cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
  const [site] = (await (await call("GET", "/api/v1/sites")).json()) as { id: string }[];
  const path = `/api/v1/sites/${site?.id}/asks`;
  const asked = await t.waitFor(
    async () => {
      // Until the hello has been taken in.
      const answer = await call("POST", path, { kind: selfTestKind, patienceMs: 120_000 });
      assert.equal(answer.status, 201);
      return (await answer.json()) as AskSeen;
    },
    { interval: 50, timeout: 20_000 },
  );
  let seen = asked;
  while (seen.status === "open")
    seen = (await (await call("GET", `${path}/${asked.id}?waitMs=20000`)).json()) as AskSeen;
  assert.equal(seen.status, "done", JSON.stringify(seen));
  const json = JSON.stringify(body);
  assert.ok(json.length > 4 * maxInlineAnswerBytes);
  assert.equal(seen.upload?.sizeBytes, json.length);
  const upload = await call("GET", `${path}/${asked.id}/upload`);
  assert.equal(await upload.text(), json);
  assert.equal(line.breaksLeft, 0, "the line did not break as often as it was to");
});
