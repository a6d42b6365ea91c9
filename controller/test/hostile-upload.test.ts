import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { test } from "node:test";
import { maxUploadBytes, type KeyedProfile } from "@cordon/contract";
import { enrol } from "./harness.ts";
import { hostileUploads, type HostileUpload } from "./hostile-uploads.ts";
import { sendOverTls, tlsOf } from "./raw-mqtt.ts";
import { slow } from "./slow-tests.ts";
import { patch, uploadSite } from "./upload-site.ts";

/** Requests of each kind, of which there are sixteen; each begins a connection of its own, and an ask is open for a minute. */
const ofEach = slow === false ? 100 : 30;

function tlsFor(profile: KeyedProfile) {
  return { ...tlsOf(profile), ALPNProtocols: ["http/1.1"] };
}

async function breakOff(profile: KeyedProfile, bytes: Buffer): Promise<void> {
  const socket = connectTls(tlsFor(profile));
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  const closed = once(socket, "close");
  socket.destroy();
  await closed;
}

test("of hostile uploads to an open ask none is taken, nothing breaks, and each kind is counted", async (t) => {
  const seed = Number(process.env["CORDON_SEED"] ?? Date.now() % 1_000_000_000);
  t.diagnostic(`CORDON_SEED=${seed}`);
  const startedAt = performance.now();
  const site = await uploadSite(t, { brokerLimits: { connectionsPerSensor: 1_000 } });
  const { dataDir, controller, profile, api, path, ask, answer, refusals, shelf } = site;
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Another" });
  const askId = await ask();
  const uploads = hostileUploads(askId, maxUploadBytes, ofEach, seed);
  assert.ok(uploads.length >= 15 * ofEach, `${uploads.length}`);

  const expected = new Map<string, number>();
  const deal = async ({ kind, reason, from, bytes, breaksOff, first }: HostileUpload) => {
    const sender = from === "asked" ? profile : other;
    const key = `${sender.sensor} ${reason}`;
    expected.set(key, (expected.get(key) ?? 0) + 1);
    if (first !== undefined) {
      const reply = await sendOverTls(tlsFor(sender), first);
      assert.match(reply.toString("latin1"), /^HTTP\/1\.1 204 /, kind);
    }
    if (breaksOff === true) {
      await breakOff(sender, bytes);
      // What came of it stays, so that it goes on; here it is to begin anew.
      await t.waitFor(async () => assert.equal((await refusals())[key], expected.get(key)), { timeout: 20_000 });
      await site.dropParts();
      return;
    }
    const reply = (await sendOverTls(tlsFor(sender), bytes)).toString("latin1");
    // Who asks to be connected through is not even answered.
    assert.match(reply, /^HTTP\/1\.1 4\d\d |^$/, `${kind}: ${bytes.subarray(0, 200).toString("latin1")}`);
  };
  for (const upload of uploads) await deal(upload);

  const counted = await refusals();
  t.diagnostic(JSON.stringify(counted));
  assert.deepEqual(counted, Object.fromEntries(expected));
  assert.deepEqual(
    shelf().filter((name) => name.endsWith(".answer")),
    [],
    "nothing was taken",
  );
  assert.equal((await api.call<{ status: string }>("GET", `${path}/${askId}`)).body.status, "open");

  const whole = randomBytes(5_000);
  assert.equal((await patch(profile, askId, whole, 0, 5_000)).status, 204);
  assert.equal((await answer(askId, whole)).status, "done", "and what was asked for still comes");
  t.diagnostic(`${uploads.length} requests in ${Math.round(performance.now() - startedAt)} ms`);
});
