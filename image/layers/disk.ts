import type { DiskLayer, UnifiedKernelLayer } from "../src/layer.ts";

export const unifiedKernel: UnifiedKernelLayer = {
  kind: "unified-kernel",
  name: "unified-kernel",
  what: "Kernel, initramfs and the hash of the root as one program for the UEFI loader",
  needs: ["kernel", "initramfs", "root"],
  provides: ["cordon.efi", "command-line"],
  commandLine: ["console=tty0", "console=ttyS0,115200", "quiet", "loglevel=4", "net.ifnames=0", "panic=10"],
};

const linuxData = "0fc63daf-8483-4772-8e79-3d69d8477de4";
const rootX64 = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
const verityX64 = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5";

export const disk: DiskLayer = {
  kind: "disk",
  name: "disk",
  what: "The disk: boot partition, two slots for the root, the stored quarantines by themselves, data",
  needs: ["kernel", "root", "unified-kernel"],
  provides: ["disk.img"],
  uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000001",
  volumeId: "C0BD0001",
  partitions: [
    {
      name: "boot",
      type: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
      uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000002",
      sizeMb: 160,
      content: "boot",
    },
    { name: "root-a", type: rootX64, uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000003", sizeMb: 320, content: "root" },
    { name: "verity-a", type: verityX64, uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000004", sizeMb: 8, content: "verity" },
    { name: "root-b", type: rootX64, uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000005", sizeMb: 320, content: "empty" },
    { name: "verity-b", type: verityX64, uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000006", sizeMb: 8, content: "empty" },
    // By itself, so that a damaged data partition takes no quarantine with it.
    {
      name: "held",
      type: linuxData,
      uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000007",
      sizeMb: 16,
      content: "ext4",
      owner: "executor",
    },
    {
      name: "data",
      type: linuxData,
      uuid: "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000008",
      sizeMb: 256,
      content: "ext4",
      owner: "judge",
    },
  ],
};
