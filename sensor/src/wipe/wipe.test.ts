import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { DesiredDocument, Reported, SiteProfile } from "@cordon/contract";
import { pino } from "pino";
import { aDocument, aSigner, signedBy } from "../link/a-desired.ts";
import { destroyFiles, destroyWithin } from "./destroy.ts";
import { orderFault } from "./order-fault.ts";
import { askSystem } from "./system-report.ts";
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

test("the system forgets by an order of the site's controller to this box alone", () => {
  const [ours, foreign] = [aSigner(), aSigner()];
  const profile = { sensor: "box-1", site: { id: "office" }, controller: { signers: [ours.pem] } } as SiteProfile;
  const wipe = { id: "w-1", author: "operator", reason: "end of the job", at: 5 };
  const ordered = aDocument({ containments: [], wipe });
  assert.equal(orderFault(signedBy(ours, ordered), profile), null);
  for (const [signed, fault] of [
    [signedBy(ours, aDocument()), /orders nothing of the kind/],
    [signedBy(foreign, ordered), /is not one of the site's/],
    [signedBy(foreign, ordered, ours.keyId), /signature does not fit/],
    [signedBy(ours, { ...ordered, sensor: "box-2" }), /for the sensor box-2/],
    [signedBy(ours, { ...ordered, site: "elsewhere" }), /for the site elsewhere/],
    ["", /./],
  ] as const) {
    assert.match(orderFault(signed, profile) ?? "", fault);
  }
});

test("the judge lays the order down for the system, and tells what it says in its own words", async (t) => {
  const folder = scratch(t);
  const [orderPath, reportPath] = [join(folder, "order"), join(folder, "report")];
  let now = 0;
  const mask = process.umask(0o077);
  t.after(() => process.umask(mask));
  const said = askSystem("signed", { orderPath, reportPath }, () => {
    now += 1;
    // By the second look it has read the order and done what it says.
    if (now === 2) {
      // Whoever verifies it reads it by its group, whatever the judge keeps from others otherwise.
      assert.equal(statSync(orderPath).mode & 0o777, 0o640);
      assert.equal(readFileSync(orderPath, "utf8"), "signed");
      writeFileSync(reportPath, "destroyed the key of the data\nleft a disk\nroot slot a hash abc\nkernel 7\n");
    }
    return now;
  });
  assert.deepEqual(await said, {
    destroyed: ["the key of the data"],
    left: ["a disk"],
    runs: ["root slot a hash abc", "kernel 7"],
  });
  const silent = { orderPath, reportPath: join(folder, "never") };
  let isLate = false;
  assert.equal(await askSystem("signed", silent, () => (isLate ? 1e9 : ((isLate = true), 0))), null);
});
