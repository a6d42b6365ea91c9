import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { lookAtDevice, whyNotDevice, type Device } from "./device.ts";
import { writeDevice } from "./write-device.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-device-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A machine with one disk `sdb` (8:16) with a partition (8:17), as `/sys` and `/proc` tell of it. */
function aMachine(
  t: TestContext,
  more: { readonly mounts?: string; readonly swaps?: string; readonly holder?: true } = {},
) {
  const folder = scratch(t);
  const disk = join(folder, "sys/devices/pci0/usb1/block/sdb");
  for (const each of ["holders", "device", "sdb1/holders"]) mkdirSync(join(disk, each), { recursive: true });
  const facts = {
    size: "8192",
    removable: "0",
    ro: "0",
    "device/model": "Card Reader  ",
    "sdb1/partition": "1",
    "sdb1/dev": "8:17",
  };
  for (const [name, text] of Object.entries(facts)) writeFileSync(join(disk, name), `${text}\n`);
  if (more.holder === true) mkdirSync(join(disk, "sdb1/holders/dm-0"));
  mkdirSync(join(folder, "sys/dev/block"), { recursive: true });
  symlinkSync(disk, join(folder, "sys/dev/block/8:16"));
  mkdirSync(join(folder, "proc/self"), { recursive: true });
  writeFileSync(join(folder, "proc/self/mountinfo"), more.mounts ?? "");
  writeFileSync(join(folder, "proc/swaps"), more.swaps ?? "Filename Type\n");
  return lookAtDevice("/dev/sdb", 8 * 256 + 16, { sys: join(folder, "sys"), proc: join(folder, "proc") });
}

test("what is on a disk, or made of it, is seen wherever it is used", async (t) => {
  const free = await aMachine(t);
  assert.deepEqual(free, {
    ...{ path: "/dev/sdb", model: "Card Reader", sizeBytes: 4_194_304, isRemovable: true, isPartition: false },
    ...{ isWriteProtected: false, uses: [] },
  });
  const mounts = "25 1 8:17 / /media/card rw - vfat /dev/sdb1 rw\n26 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  assert.deepEqual((await aMachine(t, { mounts })).uses, ["/media/card"]);
  assert.deepEqual((await aMachine(t, { swaps: "Filename Type\n/dev/sdb1 partition\n" })).uses, ["swap"]);
  assert.deepEqual((await aMachine(t, { holder: true })).uses, ["dm-0"]);
});

suite("a device is refused with what to do:", () => {
  const card: Device = {
    ...{ path: "/dev/sdb", model: "", sizeBytes: 8_000_000_000, isRemovable: true, isPartition: false },
    ...{ isWriteProtected: false, uses: [] },
  };
  for (const { name, change, words } of [
    {
      name: "a partition",
      change: { path: "/dev/mmcblk0p1", isPartition: true },
      words: /whole disk or card, such as \/dev\/mmcblk0$/,
    },
    {
      name: "the system's",
      change: { uses: ["/boot/efi"] },
      words: /holds the system of this machine \(\/boot\/efi\); take another/,
    },
    { name: "a mounted one", change: { uses: ["/media/card"] }, words: /is in use \(\/media\/card\); unmount it/ },
    { name: "a protected one", change: { isWriteProtected: true }, words: /has a slide/ },
    {
      name: "a small one",
      change: { sizeBytes: 900_000_000 },
      words: /has 900 MB, and the image takes 1100 MB; take a larger one/,
    },
    { name: "a built-in one", change: { isRemovable: false }, words: /--force writes to it all the same/ },
  ] as const) {
    test(name, () => {
      assert.match(whyNotDevice({ ...card, ...change }, 1_100_000_000, { isForced: false }) ?? "", words);
    });
  }

  test("and a card that has room for it is taken", () => {
    assert.equal(whyNotDevice(card, 1_100_000_000, { isForced: false }), null);
    assert.equal(whyNotDevice({ ...card, isRemovable: false }, 1_100_000_000, { isForced: true }), null);
  });
});

// Of the system, where it is there.
const loopProgram = "losetup";
const losetup = (...args: readonly string[]) => spawnSync(loopProgram, args, { encoding: "utf8" });
const loop = losetup("--find");
const skip = loop.status === 0 && process.getuid?.() === 0 ? false : "no loop devices here";

test("a card holds what was written, and half of a box is left on none", { skip }, async (t) => {
  const folder = scratch(t);
  const [image, card] = [join(folder, "image"), join(folder, "card")];
  writeFileSync(image, Buffer.alloc(3 << 20, "Cordon"));
  const onLoop = (bytes: number): string => {
    writeFileSync(card, Buffer.alloc(bytes, 0xff));
    const device = losetup("--find", "--show", card).stdout.trim();
    t.after(() => losetup("-d", device));
    return device;
  };
  const told: string[] = [];
  const device = onLoop(4 << 20);
  const facts = await lookAtDevice(device, statSync(device).rdev);
  assert.deepEqual([facts.sizeBytes, facts.isRemovable, facts.uses], [4 << 20, true, []]);
  await writeDevice(image, device, {
    writing: (done, all) => told.push(`written ${done} of ${all}`),
    verifying: (done, all) => told.push(`read ${done} of ${all}`),
  });
  assert.ok(
    readFileSync(card)
      .subarray(0, 3 << 20)
      .equals(readFileSync(image)),
  );
  assert.deepEqual([told.length, told.at(-1)], [6, `read ${3 << 20} of ${3 << 20}`]);

  // The card turns out smaller than the image, as forged ones do.
  truncateSync(image, 8 << 20);
  const small = onLoop(4 << 20);
  const silent = { writing: () => undefined, verifying: () => undefined };
  await assert.rejects(writeDevice(image, small, silent), { code: "device-unwritable" });
  const start = Buffer.alloc(1 << 20);
  readSync(openSync(small, "r"), start, 0, start.length, 0);
  assert.ok(start.equals(Buffer.alloc(1 << 20)), "its table of partitions is gone");
});
