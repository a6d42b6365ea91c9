import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteView } from "../../../src/api/view.ts";
import { providerWords } from "./provider.ts";
import { timeWords } from "./time.ts";

const now = Date.UTC(2026, 4, 4, 14, 31);
const counts = { infected: 3, contained: 2 } as SiteView["counts"];

test("the provider is told since when, what the box found, and who is held; nothing while the line lives", () => {
  const line = { state: "dead", since: now - 671_000, text: "The router itself answers." } as const;
  const seen = { asked: 3, answered: 0, roundTripMs: null, answeredAt: null, silentSince: null } as const;
  const lineChecks = [
    { ...seen, kind: "contacts", state: "silent", asked: 311 },
    { ...seen, kind: "names", state: "unseen" },
    { ...seen, kind: "router", state: "answers", roundTripMs: 0.4 },
    { ...seen, kind: "of-a-newer-box", state: "answers" },
  ] as const;
  const words = providerWords({ name: "Brandt", line, counts, lineChecks: [...lineChecks] }, timeWords("UTC"), now);
  assert.deepEqual(words.slice(0, 4), [
    "The line of Brandt has been dead since 14:19:49.",
    "The router itself answers.",
    "Seen from the box: Router: answers in 0.4 ms; First contacts: 0 of 311 answered.",
    "3 machines here are known to be infected, of which cut off or kept from spreading: 2.",
  ]);
  const none = { infected: 0, contained: 0 } as SiteView["counts"];
  assert.ok(
    providerWords({ name: "Brandt", line, counts: none, lineChecks: [] }, timeWords("UTC"), now).includes(
      "No machine here is known to be infected.",
    ),
  );
  assert.deepEqual(
    providerWords(
      { name: "Brandt", line: { ...line, state: "healthy" }, counts, lineChecks: [] },
      timeWords("UTC"),
      now,
    ),
    [],
  );
});
