import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  contractVersion,
  everyContainment,
  isAutomatic,
  parseDesiredDocument,
  parseHello,
  parseNotices,
  parsePresence,
  parsePulse,
  parseReported,
  parseSignedDesired,
  parseSiteProfile,
  parseStored,
  versionSkew,
  type Parsed,
} from "../src/index.ts";

const folder = fileURLToPath(new URL("payloads/v1/", import.meta.url));

const parsers: Readonly<Record<string, (payload: string | Uint8Array) => Parsed<unknown>>> = {
  presence: parsePresence,
  hello: parseHello,
  desired: parseSignedDesired,
  "desired-document": parseDesiredDocument,
  reported: parseReported,
  notices: parseNotices,
  stored: parseStored,
  pulse: parsePulse,
  "site-profile": parseSiteProfile,
};

function sampleOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Record<string, unknown>;
}

/** The value with a field nobody knows in every object. */
function withUnknownFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknownFields);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, withUnknownFields(field)]);
  return Object.fromEntries([...fields, ["fieldOfALaterVersion", { anything: [1, 2, 3] }]]);
}

test("there is a sample of every message, and a parser of every sample", () => {
  const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
  assert.deepEqual(names.toSorted(), Object.keys(parsers).toSorted());
});

for (const [name, parse] of Object.entries(parsers)) {
  const sample = sampleOf(name);

  test(`${name}: the sample parses to itself`, () => {
    const parsed = parse(JSON.stringify(sample));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.deepEqual(parsed.value, sample);
  });

  test(`${name}: fields of later versions are ignored`, () => {
    // Free names are the very point of these two: a field more there would be a name more.
    const { kernelFeatures, refused, ...rest } = sample;
    const payload = {
      ...(withUnknownFields(rest) as object),
      ...(kernelFeatures ? { kernelFeatures } : {}),
      ...(refused ? { refused } : {}),
    };
    const parsed = parse(JSON.stringify(payload));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  });

  test(`${name}: without any one of its fields it is refused`, () => {
    for (const field of Object.keys(sample)) {
      const { [field]: _missing, ...rest } = sample;
      assert.ok(!parse(JSON.stringify(rest)).ok, `without ${field}`);
    }
  });

  test(`${name}: what is no such message is refused, not thrown at`, () => {
    for (const payload of ["", "{", "null", "[]", "1", '"text"', "{}", Buffer.from([0xff, 0xfe, 0x00])]) {
      const parsed = parse(payload);
      assert.ok(!parsed.ok && parsed.error !== "", String(payload));
    }
  });

  if (!("version" in sample)) continue;
  test(`${name}: versions up to ${versionSkew} away are understood, others are refused by name`, () => {
    for (const version of [contractVersion + 1, contractVersion + versionSkew]) {
      assert.ok(parse(JSON.stringify({ ...sample, version })).ok, `version ${version}`);
    }
    const later = parse(JSON.stringify({ ...sample, version: contractVersion + versionSkew + 1, at: "unreadable" }));
    assert.deepEqual(later, {
      ok: false,
      error: `contract version ${contractVersion + versionSkew + 1} is not understood`,
    });
  });
}

test("the sample of a signed document carries the sample document, and its key is in the sample profile", () => {
  const signed = parseSignedDesired(JSON.stringify(sampleOf("desired")));
  const profile = parseSiteProfile(JSON.stringify(sampleOf("site-profile")));
  assert.ok(signed.ok && profile.ok);
  assert.deepEqual(JSON.parse(signed.value.document), sampleOf("desired-document"));
  const key = createPublicKey(profile.value.controller.signers[0] ?? "");
  assert.ok(verify(null, Buffer.from(signed.value.document), key, Buffer.from(signed.value.signature, "base64")));
});

test("a payload beyond its limit is refused unread", () => {
  const parsed = parseStored(" ".repeat(16 * 1024 + 1));
  assert.deepEqual(parsed, { ok: false, error: "payload of 16385 bytes exceeds 16384" });
});

test("an error names the field that does not fit", () => {
  const parsed = parseNotices(JSON.stringify({ ...sampleOf("notices"), oldest: 0 }));
  assert.ok(!parsed.ok);
  assert.match(parsed.error, /^\/oldest /);
});

test("an error over a choice of words names them all", () => {
  const parsed = parseSiteProfile(JSON.stringify({ ...sampleOf("site-profile"), placement: "attic" }));
  assert.deepEqual(parsed, { ok: false, error: "/placement must be one of lan, wan, gateway, mirror" });
});

const limits = fileURLToPath(new URL("payloads/v1-limits/", import.meta.url));

for (const [name, parse] of [
  ["desired-document", parseDesiredDocument],
  ["reported", parseReported],
] as const) {
  const sample = JSON.parse(readFileSync(`${limits}${name}.json`, "utf8")) as Record<string, unknown>;

  test(`${name} with limits: the sample parses to itself, and without its limits it is a message of before`, () => {
    const parsed = parse(JSON.stringify(sample));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.deepEqual(parsed.value, sample);
    const { throttles, reflex, ...before } = sample;
    assert.ok(throttles !== undefined && reflex !== undefined);
    assert.deepEqual(Object.keys(before), Object.keys(sampleOf(name)));
    assert.ok(parse(JSON.stringify(before)).ok);
  });

  test(`${name} with limits: what a sensor before knew has no word that it did not know`, () => {
    // It reads these, and refuses the whole message for a kind or a level that is new to it.
    for (const containment of sample["containments"] as readonly Record<string, unknown>[]) {
      assert.ok(["vector", "quarantine"].includes(String(containment["kind"])));
    }
    const misplaced = { ...sample, containments: sample["throttles"] };
    assert.ok(!parse(JSON.stringify(misplaced)).ok);
  });
}

const policies = fileURLToPath(new URL("payloads/v1-policy/", import.meta.url));

for (const [name, parse, added] of [
  ["desired-document", parseDesiredDocument, ["pardons"]],
  ["reported", parseReported, ["automatic", "policy", "pardons"]],
] as readonly [string, (payload: string) => Parsed<unknown>, readonly string[]][]) {
  const read = (folder: string) => JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Record<string, unknown>;
  const sample = read(policies);

  test(`${name} with a policy: the sample parses to itself, and without its ${added[0]} it is a message of before`, () => {
    const parsed = parse(JSON.stringify(sample));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.deepEqual(parsed.value, sample);
    assert.ok(added.every((field) => field in sample));
    const before = Object.fromEntries(Object.entries(sample).filter(([field]) => !added.includes(field)));
    assert.deepEqual(Object.keys(before), Object.keys(read(limits)));
    assert.ok(parse(JSON.stringify(before)).ok);
  });
}

const remedies = fileURLToPath(new URL("payloads/v1-remedies/", import.meta.url));

for (const [name, parse, added] of [
  ["desired-document", parseDesiredDocument, ["remedies", "portal"]],
  ["reported", parseReported, ["remedies"]],
] as readonly [string, (payload: string) => Parsed<unknown>, readonly string[]][]) {
  const read = (folder: string) => JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Record<string, unknown>;
  const sample = read(remedies);

  test(`${name} with remedies: the sample parses to itself, and without them it is a message of before`, () => {
    const parsed = parse(JSON.stringify(sample));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.deepEqual(parsed.value, sample);
    assert.ok(added.every((field) => field in sample));
    const before = Object.fromEntries(Object.entries(sample).filter(([field]) => !added.includes(field)));
    assert.deepEqual(Object.keys(before).toSorted(), Object.keys(read(policies)).toSorted());
    assert.ok(parse(JSON.stringify(before)).ok);
  });
}

test("what is contained by policy is nobody's wish: whoever reads past it finds none of it among the wishes", () => {
  const parsed = parseReported(readFileSync(`${policies}reported.json`));
  assert.ok(parsed.ok);
  const wished = new Set(everyContainment(parsed.value).map(({ id }) => id));
  const { automatic = [] } = parsed.value;
  assert.ok(automatic.every((containment) => isAutomatic(containment) && !wished.has(containment.id)));
  assert.ok(!everyContainment(parsed.value).some(isAutomatic));
});

const sites = fileURLToPath(new URL("payloads/v1-site/", import.meta.url));

for (const [name, parse, added] of [
  ["desired-document", parseDesiredDocument, ["areas", "barriers", "areaCuts", "lineCut", "resolvers"]],
  ["reported", parseReported, ["barriers", "areaCuts", "lineCut"]],
] as readonly [string, (payload: string) => Parsed<unknown>, readonly string[]][]) {
  const read = (folder: string) => JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Record<string, unknown>;
  const sample = read(sites);

  test(`${name} for the whole site: the sample parses to itself, and without it is a message of before`, () => {
    const parsed = parse(JSON.stringify(sample));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.deepEqual(parsed.value, sample);
    assert.ok(added.every((field) => field in sample));
    const before = Object.fromEntries(Object.entries(sample).filter(([field]) => !added.includes(field)));
    assert.deepEqual(before, read(policies));
    assert.ok(parse(JSON.stringify(before)).ok);
  });
}
