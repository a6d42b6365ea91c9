// A whole sensor of today at controllers of two versions ago and of the last one: they send what is kept of theirs, know
// no asks, and read what they are sent by the schemas of their time.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { contractVersion, parseNotices, parseReported, topicOf, upChannels, versionSkew } from "@cordon/contract";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { signedBy } from "../../src/link/a-desired.ts";
import { keyIdOf } from "../../src/link/desired.ts";
import { aProfile } from "./a-profile.ts";
import { aScan } from "./a-scan.ts";
import { anAuthority } from "./certificates.ts";
import { TestBroker } from "./test-broker.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

async function kept(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(new URL(`../../contract/test/${path}`, import.meta.url), "utf8");
  return JSON.parse(text) as Record<string, unknown>;
}

for (let version = Math.max(1, contractVersion - versionSkew); version < contractVersion; version += 1) {
  test(`at a controller of version ${version} it obeys, delivers, and says nothing that is not understood`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-skew-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const authority = await anAuthority();
    const broker = await TestBroker.start(await authority.issue("cordon-controller", ["cordon-controller"]), authority);
    t.after(() => broker.close());
    // As all of them do with a filter that they do not know.
    broker.aedes.authorizeSubscribe = (_client, subscription, done) =>
      done(null, subscription.topic.endsWith("+") ? null : subscription);

    const { profile, signer } = await aProfile(authority, { controller: { host: "127.0.0.1", port: broker.port } });
    const stored = await kept(`payloads/v${version}/stored.json`);
    broker.onPublish(({ topic, payload }) => {
      const parsed = topic === topicOf("box-1", "notices") ? parseNotices(payload) : null;
      if (parsed?.ok !== true) return;
      const { bootId, notices } = parsed.value;
      const sequence = notices.at(-1)?.sequence ?? 0;
      void broker.send(topicOf("box-1", "stored"), JSON.stringify({ ...stored, version, bootId, sequence }));
    });
    const document = {
      ...(await kept(`payloads/v${version}/desired-document.json`)),
      ...{ version, sensor: "box-1", site: "office", epoch: 3, revision: 7, notAfter: Date.now() + 60_000 },
    };
    const { privateKey, publicKey } = signer;
    const signing = { privateKey, keyId: keyIdOf(publicKey), pem: signer.pem };
    await broker.send(topicOf("box-1", "desired"), signedBy(signing, document));

    await writeFile(join(folder, "profile.json"), JSON.stringify({ ...profile, version }), { mode: 0o600 });
    await writeFile(join(folder, "scan.pcap"), aScan());
    const places = ["--state", join(folder, "state"), "--run", join(folder, "run")];
    const capture = ["--capture", join(folder, "scan.pcap"), "--loop"];
    const child = spawn(
      process.execPath,
      [main, "run", "--profile", join(folder, "profile.json"), "--exit-with-parent", ...places, ...capture],
      { stdio: ["pipe", "ignore", "inherit"] },
    );
    const gone = once(child, "exit");
    t.after(() => child.stdin.end());

    await broker.until(() => {
      const parsed = parseReported(broker.on("reported").at(-1) ?? "");
      return parsed.ok && parsed.value.epoch === 3 && parsed.value.revision === 7;
    });
    const batches = () => broker.on("notices").length;
    await broker.until(() => batches() > 1 && broker.on("pulse").length > 0);
    assert.equal(broker.clientNames.length, 1, "what it asked for in vain ended no connection");
    child.stdin.end();
    await gone;

    const schemas = (await kept(`schemas/v${version}.json`)) as Record<string, TSchema>;
    for (const channel of upChannels) {
      const schema = schemas[channel];
      const sent = broker.on(channel);
      // A channel that came later is none of its.
      if (schema === undefined) {
        assert.deepEqual(sent, [], channel);
        continue;
      }
      const compiled = Compile(schema);
      assert.ok(sent.length > 0, channel);
      for (const payload of sent) {
        const errors = compiled.Errors(JSON.parse(payload));
        assert.deepEqual(errors, [], `${channel}: ${JSON.stringify(errors[0])} in ${payload.slice(0, 500)}`);
      }
    }
  });
}
