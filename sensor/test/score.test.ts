/**
 * Holds what the score has to be on captures that nobody of this project made. The folder is named by
 * CORDON_CAPTURES; it is no part of the project, and nothing of it is named here.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { judgeEntry, type Judged } from "../score/judge-entry.ts";
import { readManifest } from "../score/manifest.ts";
import { scoreText } from "../score/report.ts";
import { scoreOf } from "../score/score.ts";

const folder = process.env["CORDON_CAPTURES"] ?? join(import.meta.dirname, "../../../shared/pcaps");
const skip = existsSync(join(folder, "manifest.json"))
  ? false
  : `no captures at ${folder}; CORDON_CAPTURES names the folder`;

/** What is not to be found by behaviour: one polling loop, two calls by telnet. */
const leastShare = 0.92;

suite("the score of labelled captures", { skip, timeout: 600_000 }, () => {
  const judged: Judged[] = [];

  test("who is to be found is found, and nobody else is accused", async () => {
    for (const entry of await readManifest(folder)) judged.push(await judgeEntry(folder, entry));
    const score = scoreOf(judged);
    const found = score.hunts.filter(({ isSuspect }) => isSuspect).length;
    assert.ok(score.hunts.length > 0 && score.benign.files > 0);
    assert.ok(found >= leastShare * score.hunts.length, scoreText(score));
    assert.deepEqual(score.falseAlarms, []);
    assert.equal(score.blamedVictims, 0);
    assert.equal(score.odd.judged + score.odd.refused, score.odd.files);
    assert.ok((score.contactsBeforeSuspect.median ?? 0) <= 10);
  });

  test("what is fitted to other families finds as many, and accuses nobody", () => {
    const { families } = scoreOf(judged);
    assert.equal(
      families.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0),
      0,
    );
    const detected = families.reduce((sum, row) => sum + row.detected, 0);
    assert.ok(detected >= leastShare * families.reduce((sum, { detect }) => sum + detect, 0));
  });

  test("every frame twice changes no verdict", async () => {
    const changed: string[] = [];
    for (const once of judged.filter(({ entry }) => entry.expected !== "no-crash" && entry.expected !== "decode")) {
      const twice = await judgeEntry(folder, once.entry, true);
      const verdicts = ({ standings }: Judged) =>
        standings
          .filter(({ worst }) => worst !== "clear")
          .map(({ host, worst }) => `${host.host} ${worst}`)
          .sort((a, b) => a.localeCompare(b));
      const [before, after] = [verdicts(once), verdicts(twice)];
      if (before.join() !== after.join())
        changed.push(`${once.entry.file}: ${before.join(", ")} / ${after.join(", ")}`);
    }
    assert.deepEqual(changed, []);
  });
});
