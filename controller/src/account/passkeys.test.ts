import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog, systemAmbient } from "../ambient.ts";
import { Challenges } from "./passkeys.ts";

test("what was drawn for somebody counts once, for that, and however many strangers draw meanwhile", () => {
  let now = 1_000_000;
  const ambient = { ...systemAmbient(silentLog), clock: { now: () => now, after: () => () => undefined } };
  const challenges = new Challenges(ambient);
  const drawn = (purpose: string) => Buffer.from(challenges.draw(purpose)).toString("base64url");
  const [own, late, other] = [drawn("sign-in"), drawn("sign-in"), drawn("person")];
  for (let strangers = 0; strangers < 5_000; strangers += 1) drawn("sign-in");
  assert.equal(challenges.take(other, "sign-in"), false);
  assert.equal(challenges.take(own, "sign-in"), true);
  assert.equal(challenges.take(own, "sign-in"), false);
  assert.equal(challenges.take(`${own}=`, "sign-in"), false, "the same in other letters");
  assert.equal(challenges.take(other, "person"), true);
  const made = new Challenges(ambient).draw("sign-in");
  assert.equal(challenges.take(Buffer.from(made).toString("base64url"), "sign-in"), false);
  for (const none of ["", "x", "A".repeat(75)]) assert.equal(challenges.take(none, "sign-in"), false);
  now += 5 * 60_000;
  assert.equal(challenges.take(late, "sign-in"), false);
});
