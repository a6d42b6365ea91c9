import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { DesiredDocument, Reported, SiteProfile } from "@cordon/contract";
import { pino } from "pino";
import { destroyFiles, destroyWithin } from "./destroy.ts";
import { WipeKeeper } from "./wipe-keeper.ts";
import { loadWipeMark } from "./wipe-mark.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-wipe-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a folder is emptied but for the mark, links are not followed, and what resists is told", async (t) => {
  const folder = scratch(t);
  const state = join(folder, "state");
  mkdirSync(join(state, "spool/deep"), { recursive: true });
  for (const name of ["identity.json", "wipe.json", "spool/a", "spool/deep/b"])
    writeFileSync(join(state, name), "secret");
  writeFileSync(join(folder, "elsewhere"), "stays");
  symlinkSync(join(folder, "elsewhere"), join(state, "link"));
  assert.deepEqual(await destroyFiles([join(state, "identity.json"), join(folder, "none")]), { count: 1, left: [] });
  assert.deepEqual(await destroyWithin(state, "wipe.json"), { count: 3, left: [] });
  assert.deepEqual(readdirSync(state), ["wipe.json"]);
  assert.equal(readFileSync(join(folder, "elsewhere"), "utf8"), "stays");
  const { count, left } = await destroyFiles([join(folder, "elsewhere", "below")]);
  assert.equal(count, 0);
  assert.match(left[0] ?? "", /below: ENOTDIR/);
});

test("the box starts anew to forget when it holds nothing any more, or nobody says for a minute what it holds", async (t) => {
  const profile = { sensor: "box-1", enrolment: { token: "t" } } as SiteProfile;
  const document = { epoch: 1, revision: 4, issuedAt: 5, wipe: { id: "w-1" } } as DesiredDocument;
  const cut = { id: "c1" } as Reported["containments"][number];
  const reportOf = (revision: number, containments: Reported["containments"]) =>
    ({ epoch: 1, revision, containments }) as unknown as Reported;
  for (const { reported, afterMs, isMarked } of [
    { reported: reportOf(3, []), afterMs: 0, isMarked: false },
    { reported: reportOf(4, [cut]), afterMs: 0, isMarked: false },
    { reported: reportOf(4, [cut]), afterMs: 60_000, isMarked: true },
    { reported: reportOf(4, []), afterMs: 0, isMarked: true },
  ]) {
    const path = join(scratch(t), "wipe.json");
    let now = 0;
    const marked = Promise.withResolvers<void>();
    const keeper = new WipeKeeper({
      ...{ path, profile, log: pino({ level: "silent" }), monotonic: () => now },
      onMarked: marked.resolve,
    });
    keeper.look(reported);
    keeper.adopt(document);
    now = afterMs;
    keeper.look(reported);
    if (isMarked) await marked.promise;
    const mark = await loadWipeMark(path, profile);
    assert.equal(mark?.orderId, isMarked ? "w-1" : undefined);
    const renewed = { ...profile, enrolment: { token: "another", expiresAt: 0 } };
    assert.equal(await loadWipeMark(path, renewed), null, "a card that was made anew begins anew");
  }
});
