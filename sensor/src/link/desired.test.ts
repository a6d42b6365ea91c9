import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { maxPackedDesiredBytes, maxSignedDesiredBytes, parseSignedDesired } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { aContainment, aCrowdedDocument, aDocument, aSigner, issuedAt, packedBy, signedBy } from "./a-desired.ts";
import { acceptDesired, signersFrom, type AcceptContext, type AdoptedDesired } from "./desired.ts";
import { loadDesired, saveDesired } from "./desired-store.ts";

const ours = aSigner();
const foreign = aSigner();
const signers = signersFrom([ours.pem]);
const now = issuedAt;
const containment = aContainment();

function adopt(payload: string): AdoptedDesired {
  const acceptance = acceptDesired(payload, { sensorId: "box-1", siteId: "office", signers, current: null, now });
  assert.ok(acceptance.ok);
  return acceptance.adopted;
}

const current = adopt(signedBy(ours, aDocument()));
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
  { name: "a signed text that is no document", payload: signedBy(ours, "hello"), code: "malformed" },
  {
    name: "a signed document without its policy",
    payload: signedBy(ours, { ...newer, policy: undefined }),
    code: "malformed",
  },
  { name: "a far newer contract", payload: signedBy(ours, { ...newer, version: 9 }), code: "malformed" },
  {
    name: "the same id twice",
    payload: signedBy(ours, { ...newer, containments: [containment, { ...containment, host: "02:00:00:00:00:02" }] }),
    code: "malformed",
  },
  {
    name: "the same id for a cut and a throttle",
    payload: signedBy(ours, {
      ...newer,
      containments: [containment],
      throttles: [{ ...containment, kind: "throttle" }],
    }),
    code: "malformed",
  },
  { name: "too many bytes", payload: " ".repeat(maxSignedDesiredBytes + 1), code: "too-large" },
  {
    name: "a key that is not pinned",
    payload: signedBy(foreign, newer),
    code: "unknown-signer",
  },
  {
    name: "a foreign signature under our key's name",
    payload: signedBy(foreign, newer, ours.keyId),
    code: "bad-signature",
  },
  {
    name: "one changed byte",
    payload: altered(signedBy(ours, newer), (envelope) => {
      envelope.document = envelope.document.replace('"revision":3', '"revision":4');
    }),
    code: "bad-signature",
  },
  {
    name: "an empty signature",
    payload: altered(signedBy(ours, newer), (envelope) => {
      envelope.signature = "";
    }),
    code: "bad-signature",
  },
  { name: "another sensor", payload: signedBy(ours, { ...newer, sensor: "box-2" }), code: "other-sensor" },
  { name: "another site", payload: signedBy(ours, { ...newer, site: "elsewhere" }), code: "other-site" },
  { name: "an older revision", payload: signedBy(ours, aDocument({ revision: 1 })), code: "older-revision" },
  {
    name: "the same revision with other words",
    payload: signedBy(ours, aDocument({ containments: [] })),
    code: "older-revision",
  },
  {
    name: "a packed one, sealed by a stranger, of what cannot even be unpacked",
    payload: packedBy(foreign, newer, { packed: Buffer.from("no gzip") }),
    code: "unknown-signer",
  },
  {
    name: "a packed one, sealed by a stranger under our key's name, of what cannot even be unpacked",
    payload: packedBy(foreign, newer, { keyId: ours.keyId, packed: Buffer.from("no gzip") }),
    code: "bad-signature",
  },
  {
    name: "a packed one whose seal is good and whose document was signed by nobody",
    payload: packedBy(ours, newer, { packed: gzipSync(JSON.stringify(aDocument({ revision: 4 }))) }),
    code: "bad-signature",
  },
  {
    name: "a packed one that ends in the middle",
    payload: packedBy(ours, newer, { packed: gzipSync(JSON.stringify(newer)).subarray(0, -9) }),
    code: "malformed",
  },
  {
    name: "a packed one that swells to a hundred megabytes",
    payload: packedBy(ours, newer, { packed: gzipSync(Buffer.alloc(100 * 1024 * 1024)) }),
    code: "too-large",
  },
  {
    name: "a packed one that would be stored and could not be read again",
    payload: packedBy(ours, { ...newer, filling: '"'.repeat(maxSignedDesiredBytes / 3) }),
    code: "too-large",
  },
  {
    name: "a packed one of more than it may have",
    payload: packedBy(ours, newer, { packed: Buffer.alloc(maxPackedDesiredBytes) }),
    code: "too-large",
  },
  {
    name: "ten thousand hosts",
    payload: signedBy(ours, aCrowdedDocument(10_000, { revision: 3 })),
    code: "too-large",
  },
  {
    name: "ten thousand hosts, packed",
    payload: packedBy(ours, aCrowdedDocument(10_000, { revision: 3 })),
    code: "too-large",
  },
  { name: "a date that has passed", payload: signedBy(ours, newer), code: "expired", now: now + 60_001 },
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
  const next = acceptDesired(signedBy(ours, newer), context);
  assert.ok(next.ok && next.isChange && next.adopted.document.revision === 3);
  const epoch = acceptDesired(signedBy(ours, aDocument({ epoch: 2, revision: 1 })), context);
  assert.ok(epoch.ok && epoch.isChange);
});

test("the same document again is no change and no error, even after its date", () => {
  const again = acceptDesired(signedBy(ours, aDocument()), { ...context, now: now + 1_000_000 });
  assert.ok(again.ok && !again.isChange);
});

test("a packed document is the same one, and is stored as a plain one", async (t) => {
  const packed = acceptDesired(packedBy(ours, newer), context);
  assert.ok(packed.ok && packed.isChange);
  const plain = acceptDesired(signedBy(ours, newer), context);
  assert.deepEqual(packed, plain);
  const again = acceptDesired(packedBy(ours, newer), { ...context, current: packed.adopted });
  assert.ok(again.ok && !again.isChange);
  const path = join(await aFolder(t), "desired.json");
  await saveDesired(path, packed.adopted);
  assert.ok(parseSignedDesired(await readFile(path, "utf8")).ok);
  assert.deepEqual((await loadDesired(path, context)).adopted, packed.adopted);
});

test("a thousand hosts, and a report on them, are far within the limits", (t) => {
  const crowd = aCrowdedDocument(1000, { revision: 3 });
  const [plain, packed] = [signedBy(ours, crowd), packedBy(ours, crowd)];
  t.diagnostic(`a thousand hosts: ${plain.length} bytes plain, ${packed.length} packed`);
  for (const payload of [plain, packed]) {
    const acceptance = acceptDesired(payload, context);
    assert.ok(acceptance.ok);
    assert.equal(acceptance.adopted.document.containments.length, 1000);
  }
  assert.ok(packed.length < maxPackedDesiredBytes / 3, `${packed.length} bytes`);
  assert.ok(plain.length < maxSignedDesiredBytes / 2, `${plain.length} bytes`);
});

test("during a rotation both pinned keys are obeyed", () => {
  const both = { ...context, signers: signersFrom([ours.pem, foreign.pem]) };
  assert.ok(acceptDesired(signedBy(foreign, newer), both).ok);
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
  const path = join(await aFolder(t), "desired.json");
  assert.deepEqual(await loadDesired(path, context), { adopted: null, trouble: null });

  await saveDesired(path, adopt(signedBy(ours, aDocument({ notAfter: now }))));
  assert.equal((await loadDesired(path, context)).adopted?.document.revision, 2);

  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('\\"revision\\":2', '\\"revision\\":7'));
  const forged = await loadDesired(path, context);
  assert.equal(forged.adopted, null);
  assert.match(forged.trouble ?? "", /signature/);
  assert.match(await readFile(`${path}.damaged`, "utf8"), /revision/);
});

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-desired-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
