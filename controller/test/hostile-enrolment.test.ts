import assert from "node:assert/strict";
import { createPublicKey, randomBytes } from "node:crypto";
import { duplexPair } from "node:stream";
import { test, type TestContext } from "node:test";
import { parseIssuedCertificate } from "@cordon/contract";
import { AttemptLimiter } from "../src/account/attempt-limiter.ts";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import type { RefusalView } from "../src/api/view.ts";
import { keyHashOf, type Peer } from "../src/broker/peer.ts";
import { defaultUploadLimits } from "../src/broker/upload-server.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { announceSensor, reissueProfile, type EnrolmentWish } from "../src/fleet/enrol.ts";
import { Enrolment } from "../src/fleet/enrolment.ts";
import { openSigner } from "../src/fleet/signer.ts";
import { RevocationBook } from "../src/fleet/revocation-book.ts";
import { withdraw } from "../src/fleet/withdrawal.ts";
import { RefusalBook } from "../src/ingest/refusal-book.ts";
import { SensorApi } from "../src/sensor-api/sensor-api.ts";
import { openStore } from "./store.ts";
import { ask, makeKey, outcomeOf, type OwnKey } from "./enrolment-client.ts";
import { ApiClient, startTestController } from "./harness.ts";
import { Chance, hostileKinds, hostileRequest, stranger, type HostileMaterial } from "./hostile-enrolment.ts";
import { scratchDir } from "./scratch.ts";

const perKind = 250;

/** All of a controller that has to do with enrolment, without its TLS: that is by far the most of the time. */
async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const ambient = systemAmbient(silentLog);
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const store = await openStore(dataDir);
  const authority = await openAuthority(dataDir, ambient);
  const refusals = new RefusalBook(store, ambient, () => undefined);
  const signer = await openSigner(dataDir, store, ambient);
  const parts = { store, ambient, authority, signer, revocations: new RevocationBook(dataDir) };
  const counts = new Map<string, number>();
  const api = await SensorApi.build({
    ambient: { ...ambient, log },
    enrolment: new Enrolment({ ...parts, replaced: () => undefined, changed: () => undefined }),
    limiter: new AttemptLimiter(ambient.clock, { perSource: 1e9, overall: 1e9, windowMs: 60_000 }),
    keyLimiter: new AttemptLimiter(ambient.clock, { perSource: 1e9, overall: 1e9, windowMs: 60_000 }),
    uploads: { limits: defaultUploadLimits, accept: () => true, answer: () => assert.fail("nothing was uploaded") },
    bundles: { isFor: () => false, answer: () => assert.fail("no bundle was asked for") },
    refused: (sensorId, reason, error) => {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      refusals.add(sensorId, reason, error);
    },
  });
  t.after(async () => {
    await api.close();
    await refusals.flush();
    await store.destroy();
    remove();
  });
  /** One connection, one request; what came back, whole. */
  const send = (peer: Peer, bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const [near, far] = duplexPair();
      const chunks: Buffer[] = [];
      near.on("data", (chunk: Buffer) => chunks.push(chunk));
      near.once("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
      near.once("end", () => near.destroy());
      near.on("error", () => undefined);
      far.on("error", () => undefined);
      api.accept(far, peer);
      near.write(bytes);
    });
  return { ...parts, send, counts, refusals, errors };
}

function peerWith({ privateKey }: OwnKey, sensorId: string): Peer {
  const keyHash = keyHashOf(createPublicKey(privateKey));
  return { standing: "trusted", sensorId, fingerprint: "", keyHash, address: "198.51.100.8" };
}

const bodyOf = (answer: string) => answer.slice(answer.indexOf("\r\n\r\n") + 4);

const orderOf = (token: string, { request }: OwnKey) => {
  const body = JSON.stringify({ version: 1, token, request });
  return Buffer.from(`POST /v1/enrolment HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
};

type Setting = Awaited<ReturnType<typeof setUp>>;

async function materialIn({ send, ...parts }: Setting): Promise<HostileMaterial> {
  const announce = async (sensorId: string) => {
    const place = { placement: "lan", bridge: "br0", inside: "inside0", outside: "outside0" } as const;
    const wish: EnrolmentWish = {
      ...{ siteName: "Harbour Office", sensorId, localNets: [], author: "operator" },
      ...{ ...place, controllerHost: "127.0.0.1", controllerPort: 1 },
    };
    return (await announceSensor(parts, wish)).enrolment?.token ?? "";
  };
  const enrolled = async (sensorId: string, token: string) => {
    const key = await makeKey(sensorId);
    assert.match(await send(stranger, orderOf(token, key)), /^HTTP\/1\.1 201 /);
    return key;
  };
  const oldToken = await announce("box-used");
  const { enrolment } = await reissueProfile(parts, { sensorId: "box-used", author: "operator" });
  const usedToken = enrolment?.token ?? "";
  const own = await enrolled("box-used", usedToken);
  const revokedKey = await enrolled("box-revoked", await announce("box-revoked"));
  const wish = { sensorId: "box-revoked", kind: "revoke", author: "x", reason: "stolen" } as const;
  await withdraw(parts.store, parts.ambient, wish, parts.revocations);
  const expiredToken = await announce("box-expired");
  await parts.store
    .updateTable("enrolment_tokens")
    .set({ expires_at: 1 })
    .where("sensor_id", "=", "box-expired")
    .execute();
  const rsa = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  return {
    token: await announce("box-one"),
    ...{ usedToken, oldToken, expiredToken },
    key: await makeKey("box-one"),
    expiredKey: await makeKey("box-expired"),
    otherKey: await makeKey("box-used"),
    weakKeys: [
      await makeKey("box-one", rsa),
      await makeKey("box-one", { name: "ECDSA", namedCurve: "P-384" }, "SHA-384"),
      await makeKey("box-one", { name: "ECDSA", namedCurve: "P-256" }, "SHA-1"),
    ],
    sensor: peerWith(own, "box-used"),
    revoked: peerWith(revokedKey, "box-revoked"),
  };
}

test("thousands of hostile requests: none gets a certificate, every one is counted, and a good box still enrols", async (t) => {
  const setting = await setUp(t);
  const material = await materialIn(setting);
  const { send, counts, refusals, store, errors } = setting;
  const chance = new Chance(20_261_129);
  const startedAt = performance.now();
  let sent = 0;
  for (const kind of hostileKinds) {
    for (let round = 0; round < perKind / 10; round += 1) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const { peer, bytes, codes } = hostileRequest(kind, chance, material);
          const before = new Map(counts);
          const answer = await send(peer, bytes);
          assert.match(answer, /^HTTP\/1\.1 4\d\d /, `${kind}: ${answer.slice(0, 200)}`);
          assert.doesNotMatch(answer, /CERTIFICATE/);
          const isCounted = codes.some((code) => (counts.get(code) ?? 0) > (before.get(code) ?? 0));
          assert.ok(isCounted, `${kind}: ${bodyOf(answer)}`);
          sent += 1;
        }),
      );
    }
  }
  const tookMs = performance.now() - startedAt;
  t.diagnostic(`${sent} requests of ${hostileKinds.length} kinds in ${Math.round(tookMs)} ms`);
  assert.equal(
    [...counts.values()].reduce((sum, count) => sum + count, 0),
    sent,
  );
  assert.deepEqual(errors, [], "nothing failed but what was meant to");
  await refusals.flush();
  const rows = await store.selectFrom("refusals").select(["reason", "count"]).execute();
  const shown = new Map<string, number>();
  for (const { reason, count } of rows) shown.set(reason, (shown.get(reason) ?? 0) + count);
  assert.deepEqual(Object.fromEntries(shown), Object.fromEntries(counts), "what was counted is what a person is shown");

  const good = await send(stranger, orderOf(material.token, material.key));
  assert.ok(parseIssuedCertificate(bodyOf(good)).ok, good);
  assert.ok(tookMs < 15_000, `it took ${Math.round(tookMs)} ms`);
});

test("over the network as well: what is refused is shown, and who fails too often waits", async (t) => {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  t.after(async () => {
    await controller.close();
    remove();
  });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const { request } = await makeKey("box-one");
  const body = () => JSON.stringify({ version: 1, token: randomBytes(32).toString("base64url"), request });
  const tries = Array.from({ length: 40 }, () =>
    ask({ port: controller.brokerPort, path: "/v1/enrolment", body: body() }),
  );
  const codes = (await Promise.all(tries)).map((answer) => JSON.stringify(outcomeOf(answer)));
  assert.deepEqual([...new Set(codes)].toSorted(), ['{"code":"enrolment-too-often"}', '{"code":"token-unknown"}']);
  const { body: shown } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
  const counts = Object.fromEntries(shown.map(({ reason, count }) => [reason, count]));
  assert.equal((counts["token-unknown"] ?? 0) + (counts["enrolment-too-often"] ?? 0), 40);
  assert.ok((counts["token-unknown"] ?? 0) >= 30);
});
