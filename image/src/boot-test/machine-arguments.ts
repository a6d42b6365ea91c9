import type { DiskBus, MachineOptions } from "./machine.ts";

const diskDevices: Readonly<Record<DiskBus, (more: string) => readonly string[]>> = {
  virtio: (more) => ["-device", `virtio-blk-pci,drive=disk${more}`],
  ahci: (more) => ["-device", "ich9-ahci,id=sata", "-device", `ide-hd,bus=sata.0,drive=disk${more}`],
  nvme: (more) => ["-device", `nvme,serial=cordon,drive=disk${more}`],
  usb: (more) => ["-device", `usb-storage,bus=usb.0,drive=disk${more}`],
  // UEFI does not start from one here.
  sd: () => ["-device", "sdhci-pci,id=cards", "-device", "sd-card,drive=disk"],
};

/** What puts a disk in that was not there from the start, in the words of QEMU's monitor. */
export const lateDisk = "device_add usb-storage,bus=usb.0,drive=disk";

/** QEMU's command line. */
export function machineArguments(options: MachineOptions): string[] {
  const { start, disk, ports, memoryMb, agentSocket, rtcBase, diskBus = "virtio", monitorSocket = null } = options;
  const boot =
    start.kind === "uefi"
      ? [
          ...["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"],
          ...["-drive", `if=pflash,format=raw,file=${start.variables}`],
        ]
      : ["-kernel", start.kernel, "-initrd", start.initramfs, "-append", start.commandLine];
  // In the order of their sockets: the management port first.
  const network = (["management", "inside", "outside"] as const).flatMap((name, index) => {
    const { netdev, mac, isOnUsb } = ports[name];
    const [kind = "", ...more] = netdev.split(",");
    const device =
      isOnUsb === true ? `usb-net,bus=usb.0,netdev=${name}` : `virtio-net-pci,netdev=${name},addr=0x1${index}`;
    return [
      ...["-netdev", [kind, `id=${name}`, ...more].join(",")],
      ...["-device", `${device}${mac === undefined ? "" : `,mac=${mac}`}`],
    ];
  });
  return [
    "qemu-system-x86_64",
    // Page tables of five steps cost an emulator a sixth of its time, and no box of ours has them.
    // Of two emulated processors one dies now and then where the kernel changes its own code under traffic, as it does for
    // a first hook at a device ("Oops: int3", bugzilla.redhat.com 2216496).
    ...["-accel", "tcg", "-M", "q35", "-cpu", "max,la57=off", "-smp", "1", "-m", String(memoryMb)],
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio"],
    ...(agentSocket === null ? [] : ["-serial", `unix:${agentSocket},server=on,wait=off`]),
    ...boot,
    ...(rtcBase === undefined ? [] : ["-rtc", `base=${rtcBase}`]),
    ...["-drive", `file=${disk},format=raw,if=none,id=disk${options.isReadOnly === true ? ",readonly=on" : ""}`],
    ...(monitorSocket === null ? [] : ["-monitor", `unix:${monitorSocket},server=on,wait=off`]),
    ...(diskBus === "usb" || monitorSocket !== null || Object.values(ports).some(({ isOnUsb }) => isOnUsb)
      ? ["-device", "qemu-xhci,id=usb,addr=0x8"]
      : []),
    // A kernel given directly is the first thing to start already.
    ...(monitorSocket === null ? diskDevices[diskBus](start.kind === "uefi" ? ",bootindex=0" : "") : []),
    ...network,
  ];
}
