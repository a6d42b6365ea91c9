import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { SiteProfile, UpdateOrder, UpdateRequest, UpdateStatus } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { aDocument, aSigner, signedBy } from "../link/a-desired.ts";
import { orderedRelease } from "./ordered-release.ts";
import { releaseFactsIn, wordsOf, type ReleaseTools } from "./release.ts";
import type { UpdatePlaces } from "./update-files.ts";
import { runUpdater } from "./updater-process.ts";
import { Updater, type UpdaterOptions } from "./updater.ts";

const bundle = Buffer.from("a bundle");
const request: UpdateRequest = {
  ...{ id: "u1", version: "0.2.0", size: bundle.length, notBefore: 0, notAfter: 9_000_000_000_000 },
  sha256: createHash("sha256").update(bundle).digest("hex"),
};

/** A box as files, with tools that only note what they were asked for. */
async function aBox(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-update-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const places: UpdatePlaces = {
    inbox: join(folder, "in"),
    kept: join(folder, "kept"),
    outbox: join(folder, "out"),
    boot: join(folder, "boot"),
  };
  for (const place of Object.values(places)) await mkdir(place as string);
  await writeFile(join(places.inbox, "bundle.raucb"), bundle);
  const asked: string[] = [];
  const tools: ReleaseTools = {
    look: () => Promise.resolve({ compatible: "cordon-pc", version: "0.2.0" }),
    install: async (_bundle, version, slot) => void asked.push(`install ${version} ${slot}`),
    entry: async (verb, slot) => void asked.push(`${verb} ${slot}`),
    restart: async () => void asked.push("restart"),
  };
  const updater = (changes: Partial<UpdaterOptions> = {}) =>
    new Updater({
      ...{
        places,
        tools,
        compatible: "cordon-pc",
        software: "0.1.0",
        running: "a",
        wanting: async () => null,
        ordered: null,
      },
      ...{ now: () => 1000, uptimeSeconds: () => 20, trialSeconds: 600, log: () => undefined, ...changes },
    });
  /** As the process does it, until there is something to wait for. */
  const advance = async (one: Updater) => {
    for (;;) {
      const next = await one.advance();
      if (next !== "again") return next;
    }
  };
  const status = async () => JSON.parse(await readFile(join(places.outbox, "status.json"), "utf8")) as UpdateStatus;
  const ask = (changes: Partial<UpdateRequest> = {}) =>
    writeFile(join(places.inbox, "request.json"), JSON.stringify({ ...request, ...changes }));
  return { places, asked, tools, updater, advance, status, ask };
}

test("a release is installed at once, tried in its window, and kept when the box is well", async (t) => {
  const { places, asked, updater, advance, status, ask } = await aBox(t);
  await ask({ notBefore: 5000 });
  assert.equal(await advance(updater()), "wait");
  assert.deepEqual(asked, ["install 0.2.0 b"]);
  assert.deepEqual([(await status()).phase, (await status()).words], ["installed", "It waits for its window."]);
  assert.equal(await advance(updater({ now: () => 6000 })), "restarting");
  assert.deepEqual(asked.splice(0), ["install 0.2.0 b", "try b", "restart"]);
  assert.equal(await readFile(join(places.kept, "trial"), "utf8"), "slot b\nprevious a\ntries 2\n");
  // The box has started from the other slot.
  const there = { running: "b", software: "0.2.0" } as const;
  assert.equal(await advance(updater({ ...there, wanting: async () => "nothing is judged" })), "wait");
  assert.deepEqual([(await status()).phase, asked.splice(0)], ["trying", []]);
  assert.equal(await advance(updater({ ...there, wanting: async () => "" })), "rest");
  assert.deepEqual(asked, ["keep b"]);
  const { id, phase, running } = await status();
  assert.deepEqual({ id, phase, running }, { id: "u1", phase: "good", running: { version: "0.2.0", slot: "b" } });
  assert.deepEqual([await readdir(places.kept), await readdir(places.boot)], [["status.json"], ["kept"]]);
});

test("a trial that stays unwell is given up with what is wanting, and the release before says so", async (t) => {
  const { asked, updater, advance, status, ask } = await aBox(t);
  await ask();
  await advance(updater());
  asked.length = 0;
  const unwell = { running: "b", wanting: async () => "nothing is judged", uptimeSeconds: () => 700 } as const;
  assert.equal(await advance(updater(unwell)), "restarting");
  assert.deepEqual(asked, ["put-back a", "restart"]);
  assert.equal(await advance(updater()), "rest");
  const { phase, words } = await status();
  assert.deepEqual([phase, words], ["fell-back", "The release before runs again: nothing is judged"]);
});

test("what is not the release that was asked for is refused in words, and nothing of it is installed", async (t) => {
  const { tools, asked, updater, advance, status, ask } = await aBox(t);
  const refusals = [
    [{ sha256: "0".repeat(64) }, {}, /not the one that was announced/],
    [{ size: 9 }, {}, /has 8 bytes, and 9 were announced/],
    [{}, { compatible: "cordon-pi" }, /made for cordon-pc, and this box is cordon-pi/],
    [{ version: "0.3.0" }, {}, /holds 0\.2\.0, and 0\.3\.0 was announced/],
    [{}, { software: "0.2.1" }, /older than 0\.2\.1 that runs/],
    [
      {},
      { tools: { ...tools, look: () => Promise.reject(new SensorError("release-refused", "unknown signer")) } },
      /not signed by the operator, or damaged: unknown signer/,
    ],
  ] as const;
  for (const [index, [asking, box, words]] of refusals.entries()) {
    await ask({ id: `r${index}`, ...asking });
    assert.equal(await advance(updater(box)), "rest");
    assert.equal((await status()).phase, "refused");
    assert.match((await status()).words, words);
  }
  assert.deepEqual(asked, []);
  await ask({ id: "meant", isOlderMeant: true });
  assert.equal(await advance(updater({ software: "0.2.1" })), "restarting");
});

test("no link is followed to the bundle or its folder, nothing waits at a pipe, and what was looked at is installed", async (t) => {
  const { places, asked, tools, updater, advance, status, ask } = await aBox(t);
  const [path, elsewhere] = [join(places.inbox, "bundle.raucb"), join(places.kept, "elsewhere")];
  const installed: string[] = [];
  const exchanging: ReleaseTools = {
    ...tools,
    async install(received) {
      // As another process does it, and the judge meanwhile lays another one there.
      await writeFile(`${path}.new`, "another!");
      await rename(`${path}.new`, path);
      installed.push(execFileSync("cat", [received], { encoding: "utf8" }));
    },
  };
  await ask({ id: "exchanged", notBefore: 5000 });
  assert.equal(await advance(updater({ tools: exchanging })), "wait");
  assert.deepEqual(installed, ["a bundle"]);
  await writeFile(elsewhere, bundle);
  await rm(path);
  await symlink(elsewhere, path);
  await ask({ id: "linked" });
  assert.equal(await advance(updater()), "rest");
  assert.match((await status()).words, /cannot be read: ELOOP/);
  await rm(path);
  execFileSync("mkfifo", [path]);
  await ask({ id: "piped" });
  assert.equal(await advance(updater()), "rest");
  assert.match((await status()).words, /cannot be read: update-odd/);
  await rm(path);
  await writeFile(path, bundle);
  await ask({ id: "moved" });
  await rename(places.inbox, `${places.inbox}-away`);
  await symlink(`${places.inbox}-away`, places.inbox);
  assert.equal(await advance(updater()), "rest");
  assert.equal((await status()).id, "piped");
  assert.deepEqual(asked, []);
});

test("what the judge asks for counts for nothing beside what the site's controller has signed, and that not twice", async (t) => {
  const { places, asked, updater, advance, status, ask } = await aBox(t);
  const [ours, foreign] = [aSigner(), aSigner()];
  const profile = { sensor: "box-1", site: { id: "office" }, controller: { signers: [ours.pem] } } as SiteProfile;
  const box = (changes: Partial<UpdaterOptions> = {}) =>
    updater({ ordered: (signed, seen) => orderedRelease(signed, profile, seen), ...changes });
  const update: UpdateOrder = { ...request, id: "ordered", notBefore: 5000, author: "Olga" };
  const lay = (text: string) => writeFile(join(places.inbox, "order.json"), text);
  const document = aDocument({ revision: 7, update });
  const ordered = signedBy(ours, document);
  for (const [index, [text, words]] of (
    [
      [null, /there is no signed order/],
      [signedBy(foreign, document), /is not one of the site's/],
      [signedBy(foreign, document, ours.keyId), /signature does not fit/],
      [signedBy(ours, { ...document, sensor: "box-2" }), /for the sensor box-2/],
      [signedBy(ours, aDocument()), /it orders no release/],
    ] as const
  ).entries()) {
    if (text !== null) await lay(text);
    await ask({ id: `r${index}` });
    assert.equal(await advance(box()), "rest");
    assert.equal((await status()).id, `r${index}`);
    assert.match((await status()).words, words);
  }
  assert.deepEqual(asked, []);
  // The judge would have it now, and an older one.
  await ask({ id: "mine", notBefore: 0, isOlderMeant: true });
  await lay(ordered);
  assert.equal(await advance(box({ software: "0.2.1" })), "rest");
  assert.match((await status()).words, /nobody said that this is meant/);
  await lay(signedBy(ours, { ...document, revision: 8, update: { ...update, id: "next" } }));
  assert.equal(await advance(box()), "wait");
  const { id, words } = await status();
  assert.deepEqual([id, words, asked.splice(0)], ["next", "It waits for its window.", ["install 0.2.0 b"]]);
  // What was ordered once is taken back by the next document.
  await lay(ordered);
  assert.equal(await advance(box({ now: () => 6000 })), "rest");
  assert.match((await status()).words, /older than one that was followed/);
  assert.deepEqual(asked, []);
});

test("words of RAUC are taken for people, and facts from its JSON", () => {
  assert.equal(wordsOf("LastError: Failed to write\nrauc-Message: stopping\n"), "Failed to write");
  assert.equal(wordsOf("rauc-Message: x\nsignature verification failed: y\n"), "signature verification failed: y");
  assert.deepEqual(releaseFactsIn('{"compatible":"cordon-pc","version":"1.0.0","hash":"x"}'), {
    ...{ compatible: "cordon-pc", version: "1.0.0" },
  });
  assert.throws(() => releaseFactsIn("{}"), { code: "release-refused" });
});

test("what runs is told by the number of the image's release, not by that of the program in it", async (t) => {
  const { places, status } = await aBox(t);
  const home = await mkdtemp(join(tmpdir(), "cordon-home-"));
  t.after(() => rm(home, { recursive: true }));
  await writeFile(join(home, "compatible"), "cordon-pc\n");
  await writeFile(join(home, "release"), "0.1.7\n");
  await writeFile(join(places.boot, "slot"), "b\n");
  await runUpdater({ ...places, home, health: join(home, "wanting"), log: () => undefined });
  assert.deepEqual((await status()).running, { version: "0.1.7", slot: "b" });
});
