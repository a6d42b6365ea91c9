// The image, booted in the line of the lab's office; the short form. All of it: npm run image -- test
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { namespacesAllowed } from "../../sensor/lab/index.ts";
import { slow } from "../../sensor/test/slow-tests.ts";
import { softwareVersion } from "../../sensor/src/version.ts";
import { renderManifest } from "../src/build-bundle.ts";
import { buildUpTo } from "../src/build-image.ts";
import { runCommand } from "../src/command.ts";
import { testImage } from "../src/boot-test/test-image.ts";

const root = resolve(import.meta.dirname, "../..");

/** Why no image can be built and booted here; false where it can. */
function impossible(): false | string {
  if (process.arch !== "x64") return "images are built on amd64 only";
  if (process.getuid?.() !== 0) return "only root can build an image: Debian's packages are unpacked with their owners";
  for (const program of ["mmdebstrap", "mksquashfs", "veritysetup", "genimage", "qemu-system-x86_64"]) {
    if (spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0) return `${program} is not installed`;
  }
  const allowed = namespacesAllowed();
  return allowed.ok ? false : allowed.reason;
}

const building = {
  root,
  mirror: null,
  release: softwareVersion,
  cache: join(root, ".cordon/image/cache"),
  isFresh: false,
  monotonic: () => performance.now(),
};

test(
  "the box enrols, names the mailer, and cuts it off with a reset while the others work",
  {
    skip: impossible(),
    // Of what hangs. It takes six minutes on two cores with other work, the building of all layers among them.
    timeout: 1_700_000,
  },
  async (t) => {
    const { figures, isPassed } = await testImage({
      ...building,
      boards: ["pc"],
      extent: "reduced",
      only: [],
      say: (line) => t.diagnostic(line),
      print: (line) => t.diagnostic(line),
    });
    const untrue = Object.entries(figures.stories).flatMap(([name, isTrue]) => (isTrue ? [] : [name]));
    assert.deepEqual(untrue, []);
    assert.ok(isPassed, "the scene did not come to its end");
    assert.ok(Object.keys(figures.stories).length > 8, "hardly a story was told");
  },
);

/** Why the root cannot be stood up here without an emulator; false where it can. */
function unstandable(): false | string {
  const known = readFileSync("/proc/filesystems", "utf8");
  const missing = ["squashfs", "overlay", "ext4"].filter((kind) => !known.includes(`\t${kind}\n`));
  if (missing.length > 0) return `this kernel has no ${missing.join(" and no ")}`;
  return existsSync("/dev/loop-control") ? false : "this kernel has no loop devices";
}

// In a box with its own kernel, with systemd and over real restarts: npm run image -- test. Here it is what the image is made of, and
// what an emulator takes ten minutes for takes a quarter of one.
test(
  "in the image's root a release of somebody else is refused, the operator's kept, and one that does not judge taken back",
  { skip: impossible() || unstandable() || slow, timeout: 1_500_000 },
  async (t) => {
    const built = await buildUpTo("root", "pc", { ...building, say: (line) => t.diagnostic(line) });
    const folder = await mkdtemp(join(tmpdir(), "cordon-release-"));
    t.after(() => rm(folder, { recursive: true }));
    const main = join(root, "provision/src/main.ts");
    for (const who of ["operator", "else"]) {
      const order = ["update-key", "create", "--out", join(folder, who)];
      await runCommand(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...order]);
    }
    const words = { compatible: "cordon-pc", bundleFormat: "plain", version: softwareVersion } as const;
    await writeFile(join(folder, "manifest"), renderManifest(words));
    const said = await runCommand("unshare", [
      ...["--mount", "--pid", "--fork", "--kill-child", join(import.meta.dirname, "release-in-root/stage")],
      ...[join(built.get("root")?.folder ?? "", "root.squashfs"), folder, join(root, "image/src/boot-test/guest")],
    ]);
    t.diagnostic(said);
    const starts = said.split(/^start \d of /m).slice(1);
    assert.deepEqual(
      starts.map((start) => start.split("\n")[0]),
      [
        "slot a by cordon-1-a.efi",
        "slot b by cordon-2-b+3.efi",
        "slot a by cordon-3-a+3.efi",
        // Kept: the loader counts nothing off any more.
        "slot b by cordon-2-b.efi",
      ],
    );
    assert.match(starts[0] ?? "", /quick update by-else refused It is not signed by the operator/);
    assert.match(starts[0] ?? "", /quick update good installed It waits for its window/);
    assert.match(starts[1] ?? "", /quick update good good /);
    assert.match(starts[1] ?? "", /quick update broken installed /);
    assert.match(starts[3] ?? "", /quick update broken fell-back The release before runs again: nothing is judged/);
    assert.match(said, /in the end b cordon-2-b\.efi\nslot a holds broken\nslot b holds good\n$/);
  },
);
