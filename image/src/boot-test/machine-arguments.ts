import { emulators } from "./emulators.ts";
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
  const emulator = emulators[options.emulator ?? "pc"];
  const boot =
    start.kind === "uefi"
      ? [
          ...["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"],
          ...["-drive", `if=pflash,format=raw,file=${start.variables}`],
        ]
      : [
          ...["-kernel", start.kernel, "-initrd", start.initramfs, "-append", start.commandLine],
          ...(start.deviceTree === undefined ? [] : ["-dtb", start.deviceTree]),
        ];
  // In the order of their sockets: the management port first.
  const network = (["management", "inside", "outside"] as const).flatMap((name, index) => {
    const { netdev, mac, isOnUsb } = ports[name];
    const [kind = "", ...more] = netdev.split(",");
    const onPci =
      isOnUsb === true ? `usb-net,bus=usb.0,netdev=${name}` : `virtio-net-pci,netdev=${name},addr=0x1${index}`;
    const device = emulator.isBoard ? `usb-net,netdev=${name}` : onPci;
    return [
      ...["-netdev", [kind, `id=${name}`, ...more].join(",")],
      ...["-device", `${device}${mac === undefined ? "" : `,mac=${mac}`}`],
    ];
  });
  return [
    emulator.program,
    ...["-accel", "tcg", ...emulator.machine, "-m", String(emulator.memoryMb ?? memoryMb)],
    ...["-nodefaults", "-display", "none", "-no-reboot", ...emulator.serial],
    ...(agentSocket === null ? [] : (emulator.agent?.serial(agentSocket) ?? [])),
    ...boot,
    ...(rtcBase === undefined ? [] : ["-rtc", `base=${rtcBase}`]),
    ...[
      "-drive",
      `file=${disk},format=raw,${emulator.isBoard ? "if=sd" : "if=none"},id=disk${options.isReadOnly === true ? ",readonly=on" : ""}`,
    ],
    ...(options.moreDisk === undefined
      ? []
      : [
          ...["-drive", `file=${options.moreDisk},format=raw,if=none,id=more,readonly=on`],
          ...["-device", "virtio-blk-pci,drive=more,addr=0x1d"],
        ]),
    ...(monitorSocket === null ? [] : ["-monitor", `unix:${monitorSocket},server=on,wait=off`]),
    ...(diskBus === "usb" || monitorSocket !== null || Object.values(ports).some(({ isOnUsb }) => isOnUsb)
      ? ["-device", "qemu-xhci,id=usb,addr=0x8"]
      : []),
    // A kernel given directly is the first thing to start already.
    ...(monitorSocket === null && !emulator.isBoard
      ? diskDevices[diskBus](start.kind === "uefi" ? ",bootindex=0" : "")
      : []),
    ...network,
  ];
}
