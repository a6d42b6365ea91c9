import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseNotices, parseSiteProfile, parseStored, type Parsed } from "../src/index.ts";

function sampleOf(name: string): Record<string, unknown> {
  const path = new URL(`payloads/v1-gateway/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
}

const parsers: Readonly<Record<string, (payload: string) => Parsed<unknown>>> = {
  notices: parseNotices,
  stored: parseStored,
  "site-profile": parseSiteProfile,
};

for (const [name, parse] of Object.entries(parsers)) {
  test(`${name} of a gateway: the sample parses to itself`, () => {
    const parsed = parse(JSON.stringify(sampleOf(name)));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.deepEqual(parsed.value, sampleOf(name));
  });
}

test("a profile and an acknowledgement without a word on it are those of before", () => {
  const { gateway: _gateway, ...profile } = sampleOf("site-profile");
  const { takes: _takes, ...stored } = sampleOf("stored");
  assert.ok(parseSiteProfile(JSON.stringify(profile)).ok);
  assert.ok(parseStored(JSON.stringify(stored)).ok);
});

test("an address of a gateway is an address with its network's prefix", () => {
  const profile = sampleOf("site-profile");
  for (const inside of ["10.0.0.300/24", "10.0.0.1", "10.0.0.1/8", "10.0.0.1/30", "fd00::1/24", "10.0.0.1/24 --x"]) {
    assert.ok(!parseSiteProfile(JSON.stringify({ ...profile, gateway: { inside } })).ok, inside);
  }
});
