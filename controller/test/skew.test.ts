// Sensors of two versions ago and of the last one, at today's controller: they send what is kept of theirs, and read what
// they are sent by the schemas of their time.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import {
  contractVersion,
  topicOf,
  upChannels,
  versionSkew,
  type DesiredDocument,
  type SignedDesired,
} from "@cordon/contract";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { RefusalView } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { connectAs } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

const placeOf = (path: string): URL => new URL(`../../sensor/contract/test/${path}`, import.meta.url);
const kept = (path: string): unknown => JSON.parse(readFileSync(placeOf(path), "utf8"));

/** A sensor of that version, connected and subscribed, and what reaches it. */
async function anOldSensor(t: TestContext, version: number) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const client = connectAs(profile);
  t.after(async () => {
    client.end(true);
    await controller.close();
    remove();
  });
  const schemas = kept(`schemas/v${version}.json`) as Record<string, TSchema>;
  const documents: DesiredDocument[] = [];
  const stored: { readonly bootId: string; readonly sequence: number }[] = [];
  let wake: () => void = () => undefined;
  const read = (name: string, value: unknown) => {
    const errors = Compile(schemas[name] ?? {}).Errors(value);
    assert.deepEqual(errors, [], `${name}: ${JSON.stringify(errors[0])}`);
  };
  client.on("message", (topic, payload) => {
    const value = JSON.parse(payload.toString()) as unknown;
    if (topic === topicOf(profile.sensor, "desired")) {
      read("desired", value);
      const { document } = value as SignedDesired;
      // One that is packed has no text, and only a sensor that says so is sent one.
      if (document === undefined) return;
      read("desired-document", JSON.parse(document));
      documents.push(JSON.parse(document) as DesiredDocument);
    } else {
      read("stored", value);
      stored.push(value as { bootId: string; sequence: number });
    }
    wake();
  });
  await new Promise((resolve) => client.once("connect", resolve));
  await client.subscribeAsync([topicOf(profile.sensor, "desired"), topicOf(profile.sensor, "stored")], { qos: 1 });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { dataDir, profile, api, client, documents, stored, until };
}

for (let version = Math.max(1, contractVersion - versionSkew); version < contractVersion; version += 1) {
  test(`a sensor of version ${version} is heard, stored, obeyed and sent what it understands`, async (t) => {
    const { dataDir, profile, api, client, documents, stored, until } = await anOldSensor(t, version);
    const samples = new Map(
      // A channel that came later has no payload of that version.
      upChannels
        .filter((channel) => existsSync(placeOf(`payloads/v${version}/${channel}.json`)))
        .map((channel) => {
          const sample = kept(`payloads/v${version}/${channel}.json`) as Record<string, unknown>;
          // Of what is packed this test reads nothing, and both ways say the same.
          const takes = "takes" in sample ? { takes: [] } : {};
          return [channel, { ...sample, ...takes }] as const;
        }),
    );
    for (const [channel, sample] of samples) {
      await client.publishAsync(topicOf(profile.sensor, channel), JSON.stringify(sample), {
        qos: channel === "pulse" ? 0 : 1,
      });
    }
    const { bootId, notices } = kept(`payloads/v${version}/notices.json`) as {
      bootId: string;
      notices: { kind: string; sequence: number; host: { host: string } }[];
    };
    await until(() => stored.some((each) => each.bootId === bootId && each.sequence === notices.at(-1)?.sequence));

    // It had reached more than the records of this controller know of: they go on from there, with what it holds.
    const reported = kept(`payloads/v${version}/reported.json`) as DesiredDocument;
    await until(() => documents.some(({ revision }) => revision > reported.revision));
    assert.deepEqual(
      documents
        .at(-1)
        ?.containments.map(({ id }) => id)
        .toSorted(),
      // What has ended by now is nobody's wish any more.
      reported.containments.flatMap(({ id, expiresAt }) => ((expiresAt ?? Infinity) > Date.now() ? id : [])).toSorted(),
    );

    // What it knows nothing of is beside what it reads.
    const host = notices.find(({ kind }) => kind === "host")?.host.host ?? "";
    const siteId = profile.site.id;
    const wish = { kind: "throttle", vector: null, host, reason: "It tries many", expiresAt: null };
    assert.equal((await api.call("POST", `/api/v1/sites/${siteId}/containments`, wish)).status, 201);
    await until(() => documents.at(-1)?.throttles?.some((each) => each.host === host) === true);
    assert.ok(documents.at(-1)?.containments.every(({ kind }) => kind === "vector" || kind === "quarantine"));

    const asked = await api.call<{ code: string }>("POST", `/api/v1/sites/${siteId}/asks`, { kind: "self-test" });
    assert.equal(asked.body.code, "asks-not-taken");
    assert.deepEqual((await api.call<RefusalView[]>("GET", "/api/v1/refusals")).body, []);
    const store = await openStore(dataDir);
    t.after(() => store.destroy());
    const sensor = await store.selectFrom("sensors").select(["hello", "pulse", "state"]).executeTakeFirstOrThrow();
    assert.equal(sensor.state, "online");
    assert.deepEqual(
      [JSON.parse(sensor.hello ?? ""), JSON.parse(sensor.pulse ?? "")],
      [samples.get("hello"), samples.get("pulse")],
    );
  });
}
