import assert from "node:assert/strict";
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DesiredDocument } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { acceptDesired, keyIdOf, signersFrom, type AcceptContext, type AdoptedDesired } from "./desired.ts";
import { loadDesired, saveDesired } from "./desired-store.ts";

const ours = generateKeyPairSync("ed25519");
const foreign = generateKeyPairSync("ed25519");
const pem = ours.publicKey.export({ type: "spki", format: "pem" }) as string;
const signers = signersFrom([pem]);
const now = 1_800_000_000_000;

const containment = {
  id: "c1",
  kind: "quarantine" as const,
  host: "02:00:00:00:00:01",
  vector: null,
  reason: "mails by itself",
  author: "operator",
  startsAt: now,
  expiresAt: null,
};

function aDocument(changes: Partial<DesiredDocument> = {}): DesiredDocument {
  return {
    version: 1,
    sensor: "box-1",
    site: "office",
    epoch: 1,
    revision: 2,
    issuedAt: now,
    notAfter: now + 60_000,
    policy: "observe",
    containments: [containment],
    ...changes,
  };
}

function signedBy(document: unknown, privateKey: KeyObject = ours.privateKey, keyId = keyIdOf(ours.publicKey)): string {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return JSON.stringify({
    document: text,
    signature: sign(null, Buffer.from(text), privateKey).toString("base64"),
    keyId,
  });
}

function adopt(payload: string): AdoptedDesired {
  const acceptance = acceptDesired(payload, { sensorId: "box-1", siteId: "office", signers, current: null, now });
  assert.ok(acceptance.ok);
  return acceptance.adopted;
}

const current = adopt(signedBy(aDocument()));
const context: AcceptContext = { sensorId: "box-1", siteId: "office", signers, current, now };
const newer = aDocument({ revision: 3 });

function altered(payload: string, change: (envelope: { document: string; signature: string; keyId: string }) => void) {
  const envelope = JSON.parse(payload) as { document: string; signature: string; keyId: string };
  change(envelope);
  return JSON.stringify(envelope);
}

const refusals: readonly { name: string; payload: string; code: string; now?: number }[] = [
  { name: "no JSON", payload: "{", code: "malformed" },
  { name: "an empty payload", payload: "", code: "malformed" },
  { name: "another shape", payload: '{"document":1}', code: "malformed" },
  { name: "a signed text that is no document", payload: signedBy("hello"), code: "malformed" },
  {
    name: "a signed document without its policy",
    payload: signedBy({ ...newer, policy: undefined }),
    code: "malformed",
  },
  { name: "a far newer contract", payload: signedBy({ ...newer, version: 9 }), code: "malformed" },
  {
    name: "the same id twice",
    payload: signedBy({ ...newer, containments: [containment, { ...containment, host: "02:00:00:00:00:02" }] }),
    code: "malformed",
  },
  {
    name: "the same id for a cut and a throttle",
    payload: signedBy({ ...newer, containments: [containment], throttles: [{ ...containment, kind: "throttle" }] }),
    code: "malformed",
  },
  { name: "too many bytes", payload: " ".repeat(1024 * 1024 + 1), code: "too-large" },
  {
    name: "a key that is not pinned",
    payload: signedBy(newer, foreign.privateKey, keyIdOf(foreign.publicKey)),
    code: "unknown-signer",
  },
  {
    name: "a foreign signature under our key's name",
    payload: signedBy(newer, foreign.privateKey),
    code: "bad-signature",
  },
  {
    name: "one changed byte",
    payload: altered(signedBy(newer), (envelope) => {
      envelope.document = envelope.document.replace('"revision":3', '"revision":4');
    }),
    code: "bad-signature",
  },
  {
    name: "an empty signature",
    payload: altered(signedBy(newer), (envelope) => {
      envelope.signature = "";
    }),
    code: "bad-signature",
  },
  { name: "another sensor", payload: signedBy({ ...newer, sensor: "box-2" }), code: "other-sensor" },
  { name: "another site", payload: signedBy({ ...newer, site: "elsewhere" }), code: "other-site" },
  { name: "an older revision", payload: signedBy(aDocument({ revision: 1 })), code: "older-revision" },
  {
    name: "the same revision with other words",
    payload: signedBy(aDocument({ containments: [] })),
    code: "older-revision",
  },
  { name: "a date that has passed", payload: signedBy(newer), code: "expired", now: now + 60_001 },
];

for (const { name, payload, code, now: at } of refusals) {
  test(`${name} is refused as ${code}`, () => {
    const acceptance = acceptDesired(payload, { ...context, now: at ?? now });
    assert.equal(acceptance.ok, false);
    assert.equal(!acceptance.ok && acceptance.code, code);
    assert.notEqual(!acceptance.ok && acceptance.text, "");
  });
}

test("a newer revision is adopted, and a new epoch begins its revisions anew", () => {
  const next = acceptDesired(signedBy(newer), context);
  assert.ok(next.ok && next.isChange && next.adopted.document.revision === 3);
  const epoch = acceptDesired(signedBy(aDocument({ epoch: 2, revision: 1 })), context);
  assert.ok(epoch.ok && epoch.isChange);
});

test("the same document again is no change and no error, even after its date", () => {
  const again = acceptDesired(signedBy(aDocument()), { ...context, now: now + 1_000_000 });
  assert.ok(again.ok && !again.isChange);
});

test("during a rotation both pinned keys are obeyed", () => {
  const second = foreign.publicKey.export({ type: "spki", format: "pem" }) as string;
  const both = { ...context, signers: signersFrom([pem, second]) };
  assert.ok(acceptDesired(signedBy(newer, foreign.privateKey, keyIdOf(foreign.publicKey)), both).ok);
});

test("a signer's key of another kind is an error of the profile", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const other = publicKey.export({ type: "spki", format: "pem" }) as string;
  for (const text of [other, "no key"]) {
    assert.throws(
      () => signersFrom([text]),
      (error) => error instanceof SensorError && error.code === "profile-invalid",
    );
  }
});

test("a stored document outlives its date, and a forged one is set aside", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-desired-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "desired.json");
  assert.deepEqual(await loadDesired(path, context), { adopted: null, trouble: null });

  await saveDesired(path, adopt(signedBy(aDocument({ notAfter: now }))));
  assert.equal((await loadDesired(path, context)).adopted?.document.revision, 2);

  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('\\"revision\\":2', '\\"revision\\":7'));
  const forged = await loadDesired(path, context);
  assert.equal(forged.adopted, null);
  assert.match(forged.trouble ?? "", /signature/);
  assert.match(await readFile(`${path}.damaged`, "utf8"), /revision/);
});
