import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pino } from "pino";
import { BootHealth } from "./boot-health.ts";
import { readBootNotes } from "./boot-notes.ts";
import { HealthBoard } from "./health-board.ts";

async function aBoot(t: TestContext, notes: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-boot-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(notes)) await writeFile(join(folder, name), text);
  const health = new HealthBoard(() => 1);
  const boot = new BootHealth({ folder, health, log: pino({ level: "silent" }) });
  return { folder, health, boot };
}

test("a trouble of the boot is told with what still works, what is lost, and the box's own words", async (t) => {
  const { boot, health } = await aBoot(t, {
    "trouble-data-unreadable": "/dev/vda7, the partition data, cannot be used\n",
    "forwarding-at": "3.25\n",
    "nft-words": "of no interest\n",
  });
  await boot.look();
  assert.deepEqual(
    health.list().map(({ code, severity }) => [code, severity]),
    [["boot-data-unreadable", "error"]],
  );
  assert.match(
    health.list()[0]?.text ?? "",
    /^The data partition is damaged\. The line.* work\. .* lost .* The box says: \/dev\/vda7.*\.$/,
  );
});

test("how far the box had come by when is told in milliseconds, as soon as it was noted", async (t) => {
  const { boot, folder } = await aBoot(t, { "system-at": "9.5\n" });
  assert.equal(boot.reported, undefined);
  await boot.look();
  assert.equal(boot.reported, undefined);
  await writeFile(join(folder, "forwarding-at"), "3.31\n");
  await boot.look();
  assert.deepEqual(boot.reported, { forwardingMs: 3310 });
  await writeFile(join(folder, "judging-at"), "14.62\n");
  await boot.look();
  assert.deepEqual(boot.reported, { forwardingMs: 3310, judgingMs: 14_620 });
});

test("a code that this program does not know is told in the box's words", async (t) => {
  const { boot, health } = await aBoot(t, { "trouble-fan-stuck": "the fan stands still" });
  await boot.look();
  const [trouble] = health.list();
  assert.deepEqual([trouble?.code, trouble?.severity], ["boot-fan-stuck", "warning"]);
  assert.match(trouble?.text ?? "", /The box says: the fan stands still\.$/);
});

test("a trouble that came late is told, and one that is gone is cleared", async (t) => {
  const { boot, health, folder } = await aBoot(t, {});
  await boot.look();
  assert.deepEqual(health.list(), []);
  await writeFile(join(folder, "trouble-port-unnamed"), "cannot call eth0 inside0");
  await boot.look();
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["boot-port-unnamed"],
  );
  await rm(join(folder, "trouble-port-unnamed"));
  await boot.look();
  assert.deepEqual(health.list(), []);
});

test("without the folder that is said", async (t) => {
  const { boot, health, folder } = await aBoot(t, {});
  await rm(folder, { recursive: true });
  await boot.look();
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["boot-notes-missing"],
  );
});

test("what is no note is counted, not believed", async (t) => {
  const { boot, health, folder } = await aBoot(t, {
    "trouble-": "no code",
    "trouble-Bad_Code": "a code in other letters",
    [`trouble-${"a".repeat(60)}`]: "a long code",
    "trouble-huge": "x".repeat(2000),
    "root-at": "soon",
    "system-at": "12.5\n",
    "trouble-held-missing": "two\u0007\nlines\u001b[2J",
  });
  await symlink("/etc/passwd", join(folder, "trouble-link"));
  await mkdir(join(folder, "trouble-folder"));
  execFileSync("mkfifo", [join(folder, "trouble-pipe")]);
  const notes = await readBootNotes(folder);
  assert.equal(notes?.odd, 8);
  assert.deepEqual([...(notes?.steps ?? [])], [["system", 12.5]]);
  assert.deepEqual([...(notes?.troubles ?? [])], [["held-missing", "two lines [2J"]]);
  await boot.look();
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["boot-held-missing", "boot-notes-odd"],
  );
});

test("a thousand notes are not a thousand troubles", async (t) => {
  const names = Array.from({ length: 1000 }, (_, index) => [`trouble-t${index}`, "x"] as const);
  const { folder } = await aBoot(t, Object.fromEntries(names));
  const notes = await readBootNotes(folder);
  assert.equal(notes?.troubles.size, 64);
  assert.equal(notes?.odd, 936);
});

test("every trouble that the box can note and go on from has words of its own", async (t) => {
  const scripts = join(import.meta.dirname, "../../../image/layers/files/initramfs/usr/lib/cordon");
  const texts = await Promise.all((await readdir(scripts)).map((name) => readFile(join(scripts, name), "utf8")));
  const codes = texts.flatMap((text) =>
    [...text.matchAll(/\btrouble ([a-z][a-z-]+) /g)].map((match) => match[1] ?? ""),
  );
  const partitions = ["held", "data"].flatMap((name) => [`${name}-missing`, `${name}-unreadable`]);
  const all = [...new Set([...codes, ...partitions])];
  assert.ok(all.length >= 9, all.join());
  const { boot, health } = await aBoot(t, Object.fromEntries(all.map((code) => [`trouble-${code}`, ""])));
  await boot.look();
  const wordless = health.list().filter(({ text }) => text.startsWith("Something went wrong"));
  assert.deepEqual(wordless, []);
});
