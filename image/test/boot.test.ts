// The image, booted in the line of the lab's office; the short form. All of it: npm run image -- test
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { join, resolve } from "node:path";
import { namespacesAllowed } from "../../sensor/lab/index.ts";
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

test(
  "the box enrols, names the mailer, and cuts it off with a reset while the others work",
  {
    skip: impossible(),
    // Of what hangs. It takes six minutes on two cores with other work, the building of all layers among them.
    timeout: 1_700_000,
  },
  async (t) => {
    const { figures, isPassed } = await testImage({
      root,
      boards: ["pc"],
      mirror: null,
      cache: join(root, ".cordon/image/cache"),
      isFresh: false,
      extent: "reduced",
      only: [],
      say: (line) => t.diagnostic(line),
      print: (line) => t.diagnostic(line),
      monotonic: () => performance.now(),
    });
    const untrue = Object.entries(figures.stories).flatMap(([name, isTrue]) => (isTrue ? [] : [name]));
    assert.deepEqual(untrue, []);
    assert.ok(isPassed, "the scene did not come to its end");
    assert.ok(Object.keys(figures.stories).length > 8, "hardly a story was told");
  },
);
