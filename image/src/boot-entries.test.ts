import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../layers/files/both/usr/lib/cordon/boot-entries", import.meta.url));

async function aPartition(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-entries-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

function run(command: string): number {
  try {
    execFileSync("sh", ["-c", `sync() { :; }; . ${script}; ${command}`], { stdio: "ignore" });
    return 0;
  } catch {
    return 1;
  }
}

const word = (slot: string) => `quiet cordon.slot=${slot} cordon.root-hash=00`;

test("on a PC the entry on trial has the highest number and tries, and each change is one rename", async (t) => {
  const at = await aPartition(t, {
    "EFI/Linux/cordon-1-a.efi": `old ${word("a")}`,
    "new/cordon.efi": `\u0000 ${word("a")} \u0000`,
  });
  const names = () => readdir(join(at, "EFI/Linux")).then((found) => found.toSorted());
  assert.equal(run(`lay_entry ${at} b ${at}/new`), 0);
  // The loader looks at what ends in .efi and at nothing else.
  assert.deepEqual(await names(), ["cordon-1-a.efi", "cordon-b.new"]);
  assert.equal(await readFile(join(at, "EFI/Linux/cordon-b.new"), "utf8"), `\u0000 ${word("b")} \u0000`);
  assert.equal(run(`choose_entry ${at} b 3`), 0);
  assert.deepEqual(await names(), ["cordon-1-a.efi", "cordon-2-b+3.efi"]);
  // As the loader counts.
  execFileSync("mv", [join(at, "EFI/Linux/cordon-2-b+3.efi"), join(at, "EFI/Linux/cordon-2-b+2-1.efi")]);
  assert.equal(run(`choose_entry ${at} b`), 0);
  assert.deepEqual(await names(), ["cordon-1-a.efi", "cordon-2-b.efi"]);
  assert.equal(run(`choose_entry ${at} b`), 0, "said twice, after a power cut");
  assert.deepEqual(await names(), ["cordon-1-a.efi", "cordon-2-b.efi"]);
  // The next release goes where the first was.
  assert.equal(run(`lay_entry ${at} a ${at}/new`), 0);
  assert.deepEqual(await names(), ["cordon-2-b.efi", "cordon-a.new"]);
  assert.equal(run(`choose_entry ${at} a 3`), 0);
  assert.deepEqual(await names(), ["cordon-2-b.efi", "cordon-3-a+3.efi"]);
  assert.equal(run(`put_entry_back ${at} b`), 0);
  assert.deepEqual(await names(), ["cordon-2-b.efi", "cordon-a.new"]);
  assert.equal(run(`put_entry_back ${at} b`), 0, "said twice, after a power cut");
  assert.equal(run(`put_entry_back ${at} a`), 1, "there is nothing to be put back");
  assert.deepEqual(await names(), ["cordon-2-b.efi", "cordon-a.new"]);
});

test("on a Raspberry Pi the first line of config.txt changes and nothing else of it, and only to an entry that is whole", async (t) => {
  const rest = "arm_64bit=1\nkernel=vmlinuz\n";
  const entry = { vmlinuz: "k", initramfs: "i", "cmdline.txt": word("a"), "bcm2837-rpi-3-b.dtb": "d" };
  const below = (folder: string) =>
    Object.fromEntries(Object.entries(entry).map(([name, text]) => [`${folder}/${name}`, text]));
  const at = await aPartition(t, { "config.txt": `os_prefix=a/\n${rest}`, ...below("a"), ...below("new") });
  const config = () => readFile(join(at, "config.txt"), "utf8");
  assert.equal(run(`choose_entry ${at} b 3`), 1, "there is none");
  assert.equal(await config(), `os_prefix=a/\n${rest}`);
  assert.equal(run(`lay_entry ${at} b ${at}/new`), 0);
  assert.equal(await readFile(join(at, "b/cmdline.txt"), "utf8"), word("b"));
  assert.equal(await config(), `os_prefix=a/\n${rest}`);
  assert.equal(run(`choose_entry ${at} b 3`), 0);
  assert.equal(await config(), `os_prefix=b/\n${rest}`);
  assert.equal(run(`choose_entry ${at} b`), 0);
  assert.equal(run(`put_entry_back ${at} a`), 0);
  assert.equal(await config(), `os_prefix=a/\n${rest}`);
});
