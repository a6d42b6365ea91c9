import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { ImageError } from "../errors.ts";
import { bootWordIn, type BootWord } from "./boot-words.ts";

export interface MachineOptions {
  readonly disk: string;
  /** Kernel, initramfs and command line, for a start without UEFI; null to start as a box does. */
  readonly direct: { readonly kernel: string; readonly initramfs: string; readonly commandLine: string } | null;
  /** UEFI's variables, a fresh copy; only without `direct`. */
  readonly uefiVariables: string | null;
  /** What QEMU is told of the inside and the outside port. */
  readonly ports: { readonly inside: string; readonly outside: string };
  readonly memoryMb: number;
  readonly monotonic: () => number;
}

/** A box in QEMU. KVM is not asked for: where it is only half there, it fails in the middle of the boot. */
export class Machine {
  readonly words: BootWord[] = [];
  /** The last lines of the console, for a failure's report. */
  readonly console: string[] = [];
  readonly #options: MachineOptions;
  readonly #waiting = new Set<() => void>();
  #child: ChildProcess | null = null;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  start(): void {
    const child = spawn("qemu-system-x86_64", argumentsOf(this.#options), { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.console.push(line);
        if (this.console.length > 200) this.console.shift();
        const word = bootWordIn(line, this.#options.monotonic());
        if (word !== null) this.words.push(word);
        this.#wake();
      });
    }
    child.once("close", () => {
      this.#child = null;
      this.#wake();
    });
    child.once("error", (error) => {
      this.console.push(error.message);
      this.#child = null;
      this.#wake();
    });
  }

  /** The first word that begins so; rejects with `machine-silent` where it does not come. */
  async word(beginning: string, patienceMs: number): Promise<BootWord> {
    const find = () => this.words.find(({ text }) => text.startsWith(beginning));
    await this.until(() => find() !== undefined, patienceMs, `it did not say "${beginning}"`);
    const found = find();
    if (found === undefined) throw new ImageError("machine-silent", `the machine did not say "${beginning}"`);
    return found;
  }

  /** Waits for something that the machine brings about; rejects with `machine-silent`. */
  async until(isSo: () => boolean, patienceMs: number, otherwise: string): Promise<void> {
    const endsAt = this.#options.monotonic() + patienceMs;
    while (!isSo()) {
      const leftMs = endsAt - this.#options.monotonic();
      if (leftMs <= 0 || this.#child === null) {
        const reason = this.#child === null ? "the machine ended" : "the machine took too long";
        throw new ImageError("machine-silent", `${reason}: ${otherwise}\n${this.console.slice(-15).join("\n")}`);
      }
      await this.#news(Math.min(leftMs, 200));
    }
  }

  /** Ends it as a power cut does. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.kill("SIGKILL");
    await ended;
  }

  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

function argumentsOf(options: MachineOptions): string[] {
  const { direct, uefiVariables, disk, ports, memoryMb } = options;
  const boot =
    direct === null
      ? [
          ...["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd"],
          ...["-drive", `if=pflash,format=raw,file=${uefiVariables ?? ""}`],
        ]
      : ["-kernel", direct.kernel, "-initrd", direct.initramfs, "-append", direct.commandLine];
  return [
    ...["-accel", "tcg,thread=multi", "-M", "q35", "-cpu", "max", "-smp", "2", "-m", String(memoryMb)],
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio"],
    ...boot,
    ...["-drive", `file=${disk},format=raw,if=none,id=disk`],
    // A kernel given directly is the first thing to start already.
    ...["-device", `virtio-blk-pci,drive=disk${direct === null ? ",bootindex=0" : ""}`],
    // In the order of their sockets: the management port first.
    ...["-netdev", "user,id=management,restrict=on", "-device", "virtio-net-pci,netdev=management,addr=0x10"],
    ...["-netdev", ports.inside, "-device", "virtio-net-pci,netdev=inside,addr=0x11"],
    ...["-netdev", ports.outside, "-device", "virtio-net-pci,netdev=outside,addr=0x12"],
  ];
}
