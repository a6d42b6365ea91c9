// Partners up to two versions apart: of each version there are kept its schemas, as that version's programs read by them,
// and a sample of every message, as they sent it. What is sent today has to pass those, and what they sent has to pass ours.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import {
  contractVersion,
  parseAnswer,
  parseAskMessage,
  parseDesiredDocument,
  parseDesiredMessage,
  parseEnrolmentOrder,
  parseEnrolmentRefusal,
  parseHello,
  parseIssuedCertificate,
  parseNotices,
  parsePresence,
  parsePulse,
  parseRenewalOrder,
  parseReported,
  parseSelfTest,
  parseSiteProfile,
  parseStored,
  parseWalk,
  versionSkew,
  type Parsed,
} from "../src/index.ts";

const here = (path: string) => new URL(path, import.meta.url);

const parsers: Readonly<Record<string, (payload: string) => Parsed<unknown>>> = {
  presence: parsePresence,
  hello: parseHello,
  desired: parseDesiredMessage,
  "desired-document": parseDesiredDocument,
  reported: parseReported,
  notices: parseNotices,
  stored: parseStored,
  pulse: parsePulse,
  "site-profile": parseSiteProfile,
  ask: parseAskMessage,
  "ask-cancel": parseAskMessage,
  answer: parseAnswer,
  "answer-uploaded": parseAnswer,
  "answer-refused": parseAnswer,
  "self-test": parseSelfTest,
  walk: parseWalk,
  "enrolment-order": parseEnrolmentOrder,
  "renewal-order": parseRenewalOrder,
  "issued-certificate": parseIssuedCertificate,
  "enrolment-refusal": parseEnrolmentRefusal,
};

function samplesOf(folder: string): ReadonlyMap<string, Record<string, unknown>> {
  const names = readdirSync(here(`payloads/${folder}`)).map((file) => file.replace(/\.json$/, ""));
  return new Map(
    names.map((name) => [
      name,
      JSON.parse(readFileSync(here(`payloads/${folder}/${name}.json`), "utf8")) as Record<string, unknown>,
    ]),
  );
}

const before = Array.from({ length: versionSkew }, (_, index) => contractVersion - versionSkew + index).filter(
  (version) => version > 0,
);

test("there is a sample of every message of each version, and none without a parser", () => {
  for (const version of [...before, contractVersion]) {
    const names = [...samplesOf(`v${version}`).keys()];
    assert.deepEqual(
      names.filter((name) => parsers[name] === undefined),
      [],
    );
    if (version < contractVersion) assert.ok(existsSync(here(`schemas/v${version}.json`)), `the schemas of ${version}`);
  }
  assert.deepEqual(
    Object.keys(parsers).filter(
      (name) => ![...before, contractVersion].some((each) => samplesOf(`v${each}`).has(name)),
    ),
    [],
  );
});

for (const version of [...before, contractVersion]) {
  for (const [name, sample] of samplesOf(`v${version}`)) {
    test(`${name} of version ${version} is read as it was sent`, () => {
      if ("version" in sample) assert.equal(sample["version"], version);
      const parsed = parsers[name]?.(JSON.stringify(sample));
      assert.ok(parsed?.ok === true, parsed?.ok === false ? parsed.error : "no parser");
      assert.deepEqual(parsed.value, sample);
    });
  }
}

/** The newest samples of each message that a program of that version knows, with the version of today. */
function sentToday(known: ReadonlySet<string>): Map<string, Record<string, unknown>> {
  const newest = new Map<string, Record<string, unknown>>();
  for (const version of [...before, contractVersion]) {
    for (const [name, sample] of samplesOf(`v${version}`)) {
      if (known.has(name)) newest.set(name, "version" in sample ? { ...sample, version: contractVersion } : sample);
    }
  }
  return newest;
}

for (const version of before) {
  const schemas = JSON.parse(readFileSync(here(`schemas/v${version}.json`), "utf8")) as Record<string, TSchema>;

  test(`a program of version ${version} understands what is sent today`, () => {
    for (const [name, sample] of sentToday(new Set(Object.keys(schemas)))) {
      // Notices of translations go only to a controller that has said it takes them, which one of version 1 never does.
      const notices = sample["notices"] as { kind: string }[] | undefined;
      const sent =
        version === 1 && notices !== undefined
          ? { ...sample, notices: notices.filter(({ kind }) => kind !== "nat") }
          : sample;
      const errors = Compile(schemas[name] ?? {}).Errors(sent);
      assert.deepEqual(errors, [], `${name}: ${JSON.stringify(errors[0])}`);
    }
  });

  test(`the schemas of version ${version} are those that its programs read by`, () => {
    const samples = samplesOf(`v${version}`);
    for (const [name, schema] of Object.entries(schemas)) {
      const [compiled, sample = {}] = [Compile(schema), samples.get(name)];
      assert.ok(compiled.Check(sample), name);
      for (const field of (schema as { readonly required?: readonly string[] }).required ?? []) {
        const { [field]: _missing, ...rest } = sample;
        assert.ok(!compiled.Check(rest), `${name} without ${field}`);
      }
    }
  });
}
