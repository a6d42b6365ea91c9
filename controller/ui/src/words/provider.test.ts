import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteView } from "../../../src/api/view.ts";
import { providerWords } from "./provider.ts";
import { timeWords } from "./time.ts";

const now = Date.UTC(2026, 4, 4, 14, 31);
const counts = { infected: 3, contained: 2 } as SiteView["counts"];

test("the provider is told since when, what the box found, and who is held; nothing while the line lives", () => {
  const line = { state: "dead", since: now - 671_000, text: "The router itself answers." } as const;
  const words = providerWords({ name: "Brandt", line, counts }, timeWords("UTC"), now);
  assert.deepEqual(words.slice(0, 3), [
    "The line of Brandt has been dead since 14:19:49.",
    "The router itself answers.",
    "3 machines here are known to be infected, of which cut off or kept from spreading: 2.",
  ]);
  const none = { infected: 0, contained: 0 } as SiteView["counts"];
  assert.ok(
    providerWords({ name: "Brandt", line, counts: none }, timeWords("UTC"), now).includes(
      "No machine here is known to be infected.",
    ),
  );
  assert.deepEqual(
    providerWords({ name: "Brandt", line: { ...line, state: "healthy" }, counts }, timeWords("UTC"), now),
    [],
  );
});
