import assert from "node:assert/strict";
import { test } from "node:test";
import { contractVersion, isKeyed, parseSiteProfile } from "./index.ts";

const fingerprint = Array.from({ length: 32 }, () => "AB").join(":");
const enrolment = { token: "a".repeat(43), expiresAt: 1_800_000_000_000 };
const credentials = { certificate: "PEM", privateKey: "PEM" };
const controller = { host: "cordon.example.net", port: 8883, serverName: "cordon-controller", signers: ["PEM"] };

const aProfile = (more: object) =>
  parseSiteProfile(
    JSON.stringify({
      version: contractVersion,
      sensor: "box-one",
      site: { id: "office", name: "Office", localNets: [] },
      placement: "lan",
      policy: "observe",
      ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
      declared: [],
      controller,
      ...more,
    }),
  );

test("a profile holds the key, or a token and whom to trust", () => {
  const keyed = aProfile({ credentials, controller: { ...controller, authority: "PEM" } });
  assert.ok(keyed.ok && isKeyed(keyed.value));
  for (const trust of [{ authorityFingerprint: fingerprint }, { authority: "PEM" }]) {
    const byToken = aProfile({ enrolment, controller: { ...controller, ...trust } });
    assert.ok(byToken.ok && !isKeyed(byToken.value));
  }
});

for (const { name, profile, fault } of [
  { name: "neither key nor token", profile: {}, fault: "/credentials and /enrolment are both missing" },
  {
    name: "a key and nobody to trust",
    profile: { credentials },
    fault: "/controller/authority is missing, which goes with /credentials",
  },
  {
    name: "a token and nobody to trust",
    profile: { enrolment },
    fault: "/controller/authorityFingerprint is missing, which goes with /enrolment",
  },
]) {
  test(`a profile with ${name} is refused by its name`, () => {
    assert.deepEqual(aProfile(profile), { ok: false, error: fault });
  });
}

test("a token or a fingerprint of another form is refused", () => {
  const bad = [
    aProfile({ enrolment: { ...enrolment, token: "short" }, controller: { ...controller, authority: "PEM" } }),
    aProfile({ enrolment, controller: { ...controller, authorityFingerprint: fingerprint.toLowerCase() } }),
  ];
  assert.deepEqual(
    bad.map(({ ok }) => ok),
    [false, false],
  );
});
