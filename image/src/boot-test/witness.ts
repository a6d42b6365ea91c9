import type { Cable } from "./cable.ts";
import { datagrams, scanFrame, scannedIn, segments, toGroups, type Probe } from "./probes.ts";
import { isResetFor } from "./tcp-segment.ts";

/** What came out at the far end of the line. */
export interface Seen {
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

const probes = [...datagrams, ...segments, ...toGroups];

// Often enough to fall between any two steps of the boot.
const sendEveryMs = 20;

/** Sends through the line from power-on and notes what comes out, and what comes out unasked. */
export class Witness {
  readonly seen = new Map<string, Seen>();
  /** Targets of the machine that scans whose packets came out. */
  readonly scanned = new Set<number>();
  /** How many it has tried since the line carries anything. */
  scannedOf = 0;
  /** Resets that came back by the port of what they answer, by its name. */
  readonly resets = new Map<string, number>();
  /** Frames on the line that nobody but the box can have sent, and that it has no business to send; in hex, the first few. */
  readonly strange: string[] = [];
  readonly #cables: { readonly inside: Cable; readonly outside: Cable };
  readonly #monotonic: () => number;
  #timer: NodeJS.Timeout | null = null;
  #next = 0;
  #nextGroup = 0;
  #target = 0;

  constructor(cables: { readonly inside: Cable; readonly outside: Cable }, monotonic: () => number) {
    this.#cables = cables;
    this.#monotonic = monotonic;
  }

  async start(): Promise<void> {
    await this.#cables.inside.open((frame) => this.#note(frame, "inside"));
    await this.#cables.outside.open((frame) => this.#note(frame, "outside"));
    this.#timer = setInterval(() => {
      const segment = segments[this.#next++ % segments.length];
      for (const { from, frame } of segment === undefined ? datagrams : [...datagrams, segment]) {
        this.#cables[from].send(frame);
      }
      const toGroup = toGroups[this.#nextGroup++ % toGroups.length];
      if (toGroup !== undefined) this.#cables[toGroup.from].send(toGroup.frame);
      this.#cables.inside.send(scanFrame(this.#target++));
      if (this.seen.size > 0) this.scannedOf += 1;
    }, sendEveryMs);
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all([this.#cables.inside.close(), this.#cables.outside.close()]);
  }

  countOf(name: string): number {
    return this.seen.get(name)?.count ?? 0;
  }

  resetsOf(name: string): number {
    return this.resets.get(name) ?? 0;
  }

  /** When the last of that name came through, monotonic milliseconds; null where none has. */
  lastAt(name: string): number | null {
    return this.seen.get(name)?.lastAt ?? null;
  }

  /** When the first frame of all came through; null while none has. */
  firstAt(): number | null {
    return [...this.seen.values()].reduce<number | null>(
      (first, { firstAt }) => (first === null ? firstAt : Math.min(first, firstAt)),
      null,
    );
  }

  /** `by`: the cable that it came out of. */
  #note(frame: Buffer, by: Probe["from"]): void {
    const target = by === "outside" ? scannedIn(frame) : null;
    if (target !== null) {
      this.scanned.add(target);
      return;
    }
    const passed = probes.find(({ from, sign }) => from !== by && frame.indexOf(sign) >= 0);
    if (passed !== undefined) {
      const before = this.seen.get(passed.name);
      const now = this.#monotonic();
      this.seen.set(passed.name, {
        count: (before?.count ?? 0) + 1,
        firstAt: before?.firstAt ?? now,
        lastAt: now,
      });
      return;
    }
    const answered = segments.find(
      ({ from, segment }) => from === by && segment !== null && isResetFor(segment, frame),
    );
    if (answered !== undefined) this.resets.set(answered.name, this.resetsOf(answered.name) + 1);
    if (answered?.mayBeReset !== true && this.strange.length < 20) this.strange.push(frame.toString("hex", 0, 64));
  }
}
