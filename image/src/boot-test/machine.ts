import { connect } from "node:net";
import { ImageError } from "../errors.ts";
import { bootWordIn, type BootWord } from "./boot-words.ts";
import type { Launch, Launched } from "./launch.ts";
import type { EmulatorName } from "./emulators.ts";
import { lateDisk, machineArguments } from "./machine-arguments.ts";
import { hangMs } from "./patience.ts";

/** How the machine begins: with a kernel given to it, or by UEFI as a box does. */
export type Start =
  | {
      readonly kind: "direct";
      readonly kernel: string;
      readonly initramfs: string;
      readonly commandLine: string;
      /** What the machine consists of, where the emulator does not say so itself. */
      readonly deviceTree?: string;
    }
  /** `variables`: a fresh copy of UEFI's. */
  | { readonly kind: "uefi"; readonly variables: string };

/** What QEMU is told of a port: its `-netdev` without the id, and the MAC where that matters. */
export interface MachinePort {
  readonly netdev: string;
  readonly mac?: string;
  /** An adapter on USB; QEMU may give it another MAC than it is told. */
  readonly isOnUsb?: boolean;
}

/** What a box's disk may hang on. */
export type DiskBus = "virtio" | "ahci" | "nvme" | "usb" | "sd";

export interface MachineOptions {
  /** A PC by default. */
  readonly emulator?: EmulatorName;
  readonly disk: string;
  /** Where the disk hangs; a virtio one by default, and the board's own card reader where it has one. */
  readonly diskBus?: DiskBus;
  /** A second disk, for what a test brings along. */
  readonly moreDisk?: string;
  /** A disk that takes no writing. */
  readonly isReadOnly?: boolean;
  /** What the hardware clock says at power-on, UTC, as QEMU wants it; the right time by default. */
  readonly rtcBase?: string;
  readonly start: Start;
  readonly ports: { readonly management: MachinePort; readonly inside: MachinePort; readonly outside: MachinePort };
  /** Unix socket of the second serial line; null where nobody is at its other end. */
  readonly agentSocket: string | null;
  /** Unix socket of QEMU's monitor, by which the disk is put in later; null where it is there from the start. */
  readonly monitorSocket?: string | null;
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
  /** What befell the machine itself, for the report. */
  readonly notes: string[] = [];
  /** When it was switched on, monotonic milliseconds. */
  startedAt = 0;
  readonly #options: MachineOptions;
  readonly #waiting = new Set<() => void>();
  #launched: Launched | null = null;
  #isRunning = false;
  #hasPanicked = false;
  #starts = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  /**
   * Settles when the box's own first program speaks. An emulated machine that ends or panics before that has
   * shown nothing of ours and is started once more, which the notes say; nothing else is ever repeated.
   */
  async start(): Promise<void> {
    await this.#switchOn();
    const isOver = () => !this.#isRunning || this.#hasPanicked;
    await this.#settled(() => this.hasSaid("initramfs") || isOver(), hangMs);
    if (this.hasSaid("initramfs") || !isOver()) return;
    this.notes.push(`started once more: the machine came to nothing before its first word: ${this.#lastLine()}`);
    await this.cutPower();
    await this.#switchOn();
  }

  async #switchOn(): Promise<void> {
    const { launch, monotonic } = this.#options;
    this.#isRunning = true;
    this.#hasPanicked = false;
    this.startedAt = monotonic();
    this.#starts += 1;
    const start = this.#starts;
    this.#launched = await launch(machineArguments(this.#options), {
      onLine: (line) => this.#hear(line),
      onEnd: (reason) => {
        if (start !== this.#starts) return;
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
    await this.#settled(() => isSo() || !this.#isRunning, patienceMs);
    if (isSo()) return;
    const reason = this.#isRunning ? "the machine took too long" : "the machine ended";
    throw new ImageError("machine-silent", `${reason}: ${otherwise}\n${this.console.slice(-15).join("\n")}`);
  }

  /** Waits until the box starts itself anew, which ends the emulator; rejects with `machine-silent`. */
  async ended(patienceMs: number): Promise<void> {
    await this.#settled(() => !this.#isRunning, patienceMs);
    if (!this.#isRunning) return;
    throw new ImageError("machine-silent", `it did not start itself anew\n${this.console.slice(-15).join("\n")}`);
  }

  /** Puts the disk in, where it was not there from the start. */
  async putDiskIn(): Promise<void> {
    const path = this.#options.monitorSocket;
    if (typeof path !== "string") throw new ImageError("machine-silent", "the machine's disk is in already");
    await new Promise<void>((resolve, reject) => {
      const monitor = connect(path, () => monitor.write(`${lateDisk}\n`));
      let answer = "";
      monitor.on("error", reject);
      monitor.setTimeout(10_000, () => reject(new ImageError("machine-silent", "the machine's monitor says nothing")));
      monitor.on("data", (bytes) => {
        answer += bytes.toString();
        // It writes one when it begins, and one when it has done what it was told.
        if (answer.split("(qemu) ").length < 3) return;
        if (/Error: .*/.test(answer)) this.notes.push(`the monitor says: ${/Error: .*/.exec(answer)?.[0] ?? ""}`);
        monitor.end(resolve);
      });
    });
  }

  /** Ends it as a power cut does. */
  async cutPower(): Promise<void> {
    await this.#launched?.kill();
    this.#launched = null;
  }

  /** Waits until it is so, or until the patience ends. */
  async #settled(isSo: () => boolean, patienceMs: number): Promise<void> {
    const endsAt = this.#options.monotonic() + patienceMs;
    for (let leftMs = patienceMs; !isSo() && leftMs > 0; leftMs = endsAt - this.#options.monotonic()) {
      await this.#news(Math.min(leftMs, 200));
    }
  }

  #lastLine(): string {
    return this.console.findLast((line) => line.includes("Kernel panic")) ?? this.console.at(-1) ?? "it said nothing";
  }

  #hear(line: string): void {
    this.console.push(line);
    if (line.includes("Kernel panic")) this.#hasPanicked = true;
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
