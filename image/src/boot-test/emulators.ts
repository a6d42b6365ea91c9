/** What QEMU can stand in for. */
export interface Emulator {
  readonly program: string;
  /** Machine and processor; of more than one processor see below. */
  readonly machine: readonly string[];
  /** The first serial line, as the kernel calls it. */
  readonly console: string;
  /** Arguments for the first serial line, which is our stdio. */
  readonly serial: readonly string[];
  /** Arguments for another one, at a Unix socket, and how the kernel calls it; null where it has none to spare. */
  readonly agent: { readonly line: string; readonly serial: (socket: string) => readonly string[] } | null;
  /** A board's own, without PCI: ports hang on USB, and the disk is a card. */
  readonly isBoard: boolean;
  /** Its device tree, by its name on the boot partition; null where the emulator has its own. */
  readonly deviceTree: string | null;
  /** What the board has; null where it is as the test says. */
  readonly memoryMb: number | null;
}

export type EmulatorName = "pc" | "virt" | "raspi3b";

export const emulators: Readonly<Record<EmulatorName, Emulator>> = {
  pc: {
    program: "qemu-system-x86_64",
    // Page tables of five steps cost an emulator a sixth of its time, and no box of ours has them.
    // Of two emulated processors one dies now and then where the kernel changes its own code under traffic, as it does for
    // a first hook at a device ("Oops: int3", bugzilla.redhat.com 2216496).
    machine: ["-M", "q35", "-cpu", "max,la57=off", "-smp", "1"],
    console: "ttyS0,115200",
    serial: ["-serial", "stdio"],
    agent: { line: "ttyS1", serial: (socket) => ["-serial", `unix:${socket},server=on,wait=off`] },
    isBoard: false,
    deviceTree: null,
    memoryMb: null,
  },
  virt: {
    program: "qemu-system-aarch64",
    // The processor of a Pi 4.
    machine: ["-M", "virt", "-cpu", "cortex-a72", "-smp", "1"],
    console: "ttyAMA0",
    serial: ["-serial", "stdio"],
    // The machine itself has one, so this is a card.
    agent: {
      line: "ttyS0",
      serial: (socket) => [
        ...["-chardev", `socket,id=agent,path=${socket},server=on,wait=off`, "-device", "pci-serial,chardev=agent"],
      ],
    },
    isBoard: false,
    deviceTree: null,
    memoryMb: null,
  },
  raspi3b: {
    program: "qemu-system-aarch64",
    machine: ["-M", "raspi3b"],
    // The first is wired to the radio.
    console: "ttyS1,115200",
    serial: ["-serial", "null", "-serial", "stdio"],
    agent: null,
    isBoard: true,
    deviceTree: "bcm2837-rpi-3-b.dtb",
    memoryMb: 1024,
  },
};
