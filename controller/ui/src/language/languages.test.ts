import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { bestOf, Languages } from "./languages.ts";
import { msg, useLanguage } from "./message.ts";

const offers = ["en", "de", "pt-BR"].map((language) => ({ language, name: language }));
const files: Readonly<Record<string, unknown>> = {
  "/languages": [...offers.slice(1), { language: 7 }, null],
  "/languages/de.json": { language: "de", name: "Deutsch", texts: { "Sign in": "Anmelden" } },
};

afterEach(() => useLanguage(null));

function languages(preferred: readonly string[], remembered: string | null = null) {
  const kept: string[] = [];
  const made = new Languages({
    ...{ preferred, remembered, remember: (language: string) => kept.push(language) },
    fetch: async (path) => files[path] ?? Promise.reject(new Error("404")),
  });
  return { made, kept };
}

test("the first that is offered of what a browser asks for is taken, a dialect's own language too", () => {
  assert.equal(bestOf(["fr", "de-AT", "en"], offers), "de");
  assert.equal(bestOf(["pt-br"], offers), "pt-BR");
  assert.equal(bestOf(["pt"], offers), "en");
  assert.equal(bestOf(["en-GB", "de"], offers), "en");
  assert.equal(bestOf([], offers), "en");
});

test("what was chosen on this browser goes before what it asks for", async () => {
  const { made, kept } = languages(["en"], "de");
  await made.start();
  assert.deepEqual([made.state.shown, msg`Sign in`, kept], ["de", "Anmelden", []]);
  assert.deepEqual(
    made.state.offers.map(({ language }) => language),
    ["en", "de", "pt-BR"],
  );
  await made.choose("en");
  assert.deepEqual([made.state.shown, msg`Sign in`, kept], ["en", "Sign in", ["en"]]);
});

test("a language whose file does not come leaves the page in English", async () => {
  const { made } = languages(["pt-BR", "de"]);
  await made.start();
  assert.deepEqual([made.state.shown, msg`Sign in`], ["en", "Sign in"]);
});

test("of two choices the later one is shown, whichever file comes first", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const made = new Languages({
    ...{ preferred: [], remembered: null, remember: () => undefined },
    fetch: (path) => (path === "/languages/de.json" ? promise : Promise.resolve([])),
  });
  const first = made.choose("de");
  await made.choose("en");
  resolve(files["/languages/de.json"]);
  await first;
  assert.deepEqual([made.state.shown, msg`Sign in`], ["en", "Sign in"]);
});
