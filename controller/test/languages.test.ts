import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

test("languages are what lies in the UI's folder and in the operator's, looked at whenever they are asked for", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const own = join(dataDir, "no-ui", "languages");
  const further = join(dataDir, "languages");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "de.json"), JSON.stringify({ language: "de", name: "Deutsch", texts: { a: "1" } }));
  const controller = await startTestController(dataDir);
  t.after(() => controller.close());
  const get = async (path: string) => {
    const answer = await fetch(controller.url + path);
    return { status: answer.status, type: answer.headers.get("content-type"), body: (await answer.json()) as unknown };
  };
  const german = { language: "de", name: "Deutsch" };
  assert.deepEqual((await get("/languages")).body, [german]);

  mkdirSync(further);
  const french = { language: "fr", name: "Français", texts: { "Sign in": "Se connecter" } };
  writeFileSync(join(further, "fr.json"), JSON.stringify(french));
  assert.deepEqual((await get("/languages")).body, [german, { language: "fr", name: "Français" }]);
  const answer = await get("/languages/fr.json");
  assert.deepEqual([answer.status, answer.body], [200, french]);
  assert.match(answer.type ?? "", /^application\/json/);

  // The operator's own German goes before the shipped one; a broken one does not.
  writeFileSync(join(further, "de.json"), JSON.stringify({ ...german, texts: { a: "2" } }));
  assert.deepEqual((await get("/languages/de.json")).body, { ...german, texts: { a: "2" } });
  writeFileSync(join(further, "de.json"), "{");
  assert.deepEqual((await get("/languages/de.json")).body, { ...german, texts: { a: "1" } });

  writeFileSync(join(further, "it.json"), JSON.stringify({ language: "es", name: "Not what its name says" }));
  writeFileSync(join(further, "pt.json"), " ".repeat(1024 * 1024 + 1));
  writeFileSync(join(further, "Notes.json"), JSON.stringify(french));
  assert.deepEqual((await get("/languages")).body, [german, { language: "fr", name: "Français" }]);
  for (const name of [
    "it.json",
    "pt.json",
    "Notes.json",
    "..%2fcontroller.sqlite",
    "%2e%2e%2flanguages%2ffr.json",
    "fr",
  ]) {
    assert.equal((await get(`/languages/${name}`)).status, 404, name);
  }
});
