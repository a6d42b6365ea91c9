import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { enrolmentRefusals, upChannels } from "@cordon/contract";
import { knownReasons, refusalWords } from "./refusal.ts";

const sources = new URL("../../../src/", import.meta.url);

/** The reasons that the controller's sources name where something is refused. */
function reasonsInSources(): string[] {
  const calls = /(?:refused|#refusal|#refuse|#turnAway)\((?:[^()"]|\([^()]*\))*"([a-z]+(?:-[a-z]+)+)"/g;
  return ["broker", "fleet", "ingest", "sensor-api"].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, sources))
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .flatMap((name) => [...readFileSync(new URL(`${folder}/${name}`, sources), "utf8").matchAll(calls)])
      .map((match) => match[1] ?? ""),
  );
}

test("whatever the controller refuses has its words", () => {
  const found = reasonsInSources();
  assert.ok(found.length > 40, `${found.length}`);
  const channels = upChannels.map((channel) => `malformed-${channel}`);
  const all = new Set([...found, ...channels, ...Object.keys(enrolmentRefusals), "packet-too-large"]);
  assert.deepEqual(
    [...all].filter((reason) => !knownReasons.includes(reason)),
    [],
  );
});

test("what is known is said in sentences, and what is not is shown by its name", () => {
  for (const reason of knownReasons) {
    const { what, means } = refusalWords(reason);
    assert.match(what, /^[A-Z][^.]+$/, reason);
    assert.match(means, /^[A-Z].*\.$/, reason);
  }
  assert.equal(refusalWords("something-new").what, "something-new");
});
