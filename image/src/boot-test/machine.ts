import { ImageError } from "../errors.ts";
import { bootWordIn, type BootWord } from "./boot-words.ts";
import type { Launch, Launched } from "./launch.ts";

/** How the machine begins: with a kernel given to it, or by UEFI as a box does. */
export type Start =
  | { readonly kind: "direct"; readonly kernel: string; readonly initramfs: string; readonly commandLine: string }
  /** `variables`: a fresh copy of UEFI's. */
  | { readonly kind: "uefi"; readonly variables: string };

/** What QEMU is told of a port: its `-netdev` without the id, and the MAC where that matters. */
export interface MachinePort {
  readonly netdev: string;
  readonly mac?: string;
}

export interface MachineOptions {
  readonly disk: string;
  readonly start: Start;
  readonly ports: { readonly management: MachinePort; readonly inside: MachinePort; readonly outside: MachinePort };
  /** Unix socket of the second serial line; null where nobody is at its other end. */
  readonly agentSocket: string | null;
  readonly memoryMb: number;
  readonly launch: Launch;
  readonly monotonic: () => number;
}

const keptLines = 400;

/** A box in QEMU. KVM is not asked for: where it is only half there, it fails in the middle of the boot. */
export class Machine {
  /** What the box said of its boot. */
  readonly words: BootWord[] = [];
  /** The last lines of the console, for a failure's report. */
  readonly console: string[] = [];
  /** When it was switched on, monotonic milliseconds. */
  startedAt = 0;
  readonly #options: MachineOptions;
  readonly #waiting = new Set<() => void>();
  #launched: Launched | null = null;
  #isRunning = false;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { launch, monotonic } = this.#options;
    this.#isRunning = true;
    this.startedAt = monotonic();
    this.#launched = await launch(argumentsOf(this.#options), {
      onLine: (line) => this.#hear(line),
      onEnd: (reason) => {
        this.#hear(`the machine ${reason}`);
        this.#isRunning = false;
        this.#wake();
      },
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

  hasSaid(beginning: string): boolean {
    return this.words.some(({ text }) => text.startsWith(beginning));
  }

  /** Waits for something that the machine brings about; rejects with `machine-silent`. */
  async until(isSo: () => boolean, patienceMs: number, otherwise: string): Promise<void> {
    const endsAt = this.#options.monotonic() + patienceMs;
    while (!isSo()) {
      const leftMs = endsAt - this.#options.monotonic();
      if (leftMs <= 0 || !this.#isRunning) {
        const reason = this.#isRunning ? "the machine took too long" : "the machine ended";
        throw new ImageError("machine-silent", `${reason}: ${otherwise}\n${this.console.slice(-15).join("\n")}`);
      }
      await this.#news(Math.min(leftMs, 200));
    }
  }

  /** Ends it as a power cut does. */
  async cutPower(): Promise<void> {
    await this.#launched?.kill();
    this.#launched = null;
  }

  #hear(line: string): void {
    this.console.push(line);
    if (this.console.length > keptLines) this.console.shift();
    const word = bootWordIn(line, this.#options.monotonic());
    if (word !== null) this.words.push(word);
    this.#wake();
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

function argumentsOf({ start, disk, ports, memoryMb, agentSocket }: MachineOptions): string[] {
  const boot =
    start.kind === "uefi"
      ? [
          ...["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"],
          ...["-drive", `if=pflash,format=raw,file=${start.variables}`],
        ]
      : ["-kernel", start.kernel, "-initrd", start.initramfs, "-append", start.commandLine];
  // In the order of their sockets: the management port first.
  const network = (["management", "inside", "outside"] as const).flatMap((name, index) => {
    const { netdev, mac } = ports[name];
    const [kind = "", ...more] = netdev.split(",");
    return [
      ...["-netdev", [kind, `id=${name}`, ...more].join(",")],
      ...["-device", `virtio-net-pci,netdev=${name},addr=0x1${index}${mac === undefined ? "" : `,mac=${mac}`}`],
    ];
  });
  return [
    "qemu-system-x86_64",
    ...["-accel", "tcg,thread=multi", "-M", "q35", "-cpu", "max", "-smp", "2", "-m", String(memoryMb)],
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio"],
    ...(agentSocket === null ? [] : ["-serial", `unix:${agentSocket},server=on,wait=off`]),
    ...boot,
    ...["-drive", `file=${disk},format=raw,if=none,id=disk`],
    // A kernel given directly is the first thing to start already.
    ...["-device", `virtio-blk-pci,drive=disk${start.kind === "uefi" ? ",bootindex=0" : ""}`],
    ...network,
  ];
}
