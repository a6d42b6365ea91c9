import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { bootFilesOf, isCard, writeBootFiles } from "./boot-partition.ts";

const tools = ["sfdisk", "mkfs.vfat", "mcopy"];
const missing = tools.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
const skip = missing.length === 0 ? false : `this machine has no ${missing.join(", ")}`;

const bootAt = 2048 * 512;
const bootBytes = 8 << 20;

/** A small disk with a boot partition, which is empty or has the folder. */
function aDisk(t: TestContext, { hasFolder = true } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-image-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const disk = join(folder, "disk.img");
  writeFileSync(disk, "");
  truncateSync(disk, bootAt + bootBytes + (2 << 20));
  execFileSync("sfdisk", ["-q", disk], { input: `label: gpt\nstart=2048, size=${bootBytes / 512}, name=boot\n` });
  const filesystem = join(folder, "boot.vfat");
  execFileSync("mkfs.vfat", ["-C", filesystem, String(bootBytes / 1024)], { stdio: "ignore" });
  execFileSync("dd", [`if=${filesystem}`, `of=${disk}`, "bs=1M", "seek=1", "conv=notrunc", "status=none"]);
  if (hasFolder) execFileSync("mmd", ["-i", `${disk}@@${bootAt}`, "::/cordon"]);
  return disk;
}

const textOf = (disk: string, name: string) =>
  execFileSync("mtype", ["-i", `${disk}@@${bootAt}`, `::/cordon/${name}`], { encoding: "utf8" });

suite("the boot partition", { skip }, () => {
  test("takes files, in place of what was there and beside it", async (t) => {
    const disk = aDisk(t);
    await writeBootFiles(disk, { "profile.json": "first\n", ports: "inside0\n" });
    await writeBootFiles(disk, { "profile.json": "second\n", ports: null, other: "more\n" });
    assert.deepEqual(await bootFilesOf(disk), new Set(["profile.json", "other"]));
    assert.equal(textOf(disk, "profile.json"), "second\n");
  });

  test("is the same to the byte, whenever and wherever the same files are written", async (t) => {
    const disk = aDisk(t);
    const elsewhere = `${disk}-elsewhere`;
    copyFileSync(disk, elsewhere);
    const zone = process.env["TZ"];
    t.after(() => {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    });
    for (const [image, where] of [
      [disk, "America/Lima"],
      [elsewhere, "Asia/Tokyo"],
    ] as const) {
      process.env["TZ"] = where;
      await writeBootFiles(image, { "update-authority.pem": "first\n" });
      await writeBootFiles(image, { "update-authority.pem": "a certificate\n" });
    }
    assert.ok(readFileSync(disk).equals(readFileSync(elsewhere)));
    const listed = execFileSync("mdir", ["-i", `${disk}@@${bootAt}`, "::/cordon"], { encoding: "utf8" });
    assert.match(listed, /2025-10-09/, "the time that everything in an image has");
  });

  test("keeps nothing of a file that was replaced or taken away", async (t) => {
    const disk = aDisk(t);
    // Longer than a cluster, and with another file between its parts.
    const secret = "SECRET-OF-ANOTHER-BOX ".repeat(2000);
    await writeBootFiles(disk, { a: secret, b: "b".repeat(5000), c: secret });
    await writeBootFiles(disk, { b: null });
    await writeBootFiles(disk, { d: secret });
    await writeBootFiles(disk, { a: "short", c: null, d: null });
    assert.equal(textOf(disk, "a"), "short");
    assert.ok(!readFileSync(disk).includes("SECRET"));
  });

  test("tells the card of a Pi by its table", async (t) => {
    const disk = aDisk(t);
    assert.equal(await isCard(disk), false);
    execFileSync("sfdisk", ["-q", "--wipe", "always", disk], { input: "label: dos\nstart=2048, type=c\n" });
    assert.equal(await isCard(disk), true);
  });

  for (const { name, spoil, words } of [
    { name: "an empty file", spoil: (disk: string) => truncateSync(disk, 0), words: /holds no GPT/ },
    { name: "a text", spoil: (disk: string) => writeFileSync(disk, "x".repeat(5000)), words: /holds no GPT/ },
    {
      name: "an image as it was sent",
      spoil: (disk: string) => writeFileSync(disk, gzipSync(readFileSync(disk))),
      words: /it is packed; unpack it first \(gunzip -k .*disk\.img\)$/,
    },
    { name: "half an image", spoil: (disk: string) => truncateSync(disk, 4 << 20), words: /is cut short/ },
  ]) {
    test(`refuses ${name}`, async (t) => {
      const disk = aDisk(t);
      spoil(disk);
      await assert.rejects(bootFilesOf(disk), { code: "no-box-image", message: words });
      await assert.rejects(writeBootFiles(disk, { a: "" }), { code: "no-box-image" });
    });
  }

  test("refuses a disk that is none of ours", async (t) => {
    await assert.rejects(bootFilesOf(aDisk(t, { hasFolder: false })), { code: "no-box-image", message: /no folder/ });
  });

  test("refuses a table of partitions that is damaged", async (t) => {
    const disk = aDisk(t);
    const bytes = readFileSync(disk);
    bytes.writeUInt32LE(0xffff_ffff, 512 + 80);
    writeFileSync(disk, bytes);
    await assert.rejects(bootFilesOf(disk), { code: "no-box-image", message: /damaged/ });
  });
});
