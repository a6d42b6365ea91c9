import { mkdir, rm } from "node:fs/promises";
import { contractVersion, isNotice, type Notice } from "@cordon/contract";
import { syncFolder } from "./atomic-file.ts";
import { isKeptLongest, NoticeQueue, type NoticeEntry } from "./notice-queue.ts";
import { lineOf, timeOf, type SpoolLine } from "./spool-line.ts";
import { ReadTroubles } from "./read-troubles.ts";
import { SpoolMarks, type SpoolMark } from "./spool-marks.ts";
import {
  readLeftovers,
  segmentPath,
  setAside,
  SegmentWriter,
  thin,
  unacknowledgedLines,
  type Segment,
} from "./spool-segment.ts";

export interface SpoolLimits {
  /** What the spool may take of the disk. Beyond it the oldest notices go first, and are counted. */
  readonly maxBytes: number;
  /** How old a notice may get in it, in milliseconds, where it is not kept longest. */
  readonly maxAgeMs: number;
  /** How old it may get where it is; default as long as a controller keeps the NAT log. */
  readonly maxKeptAgeMs: number;
  /** Of how many boots before it is known how many notices they gave. */
  readonly boots: number;
  /** What it may hold in memory while the disk refuses to be written to. */
  readonly maxMemoryBytes: number;
  /** Size of one file: smaller gives room back sooner, larger makes fewer files. */
  readonly segmentBytes: number;
  /** Entries waiting for their place, at most one a host. */
  readonly maxQueued: number;
  /** After a failed write, how long until the disk is tried again. */
  readonly diskRetryMs: number;
  /** How long a file that cannot be read is tried again, and what comes after it waits. */
  readonly readPatienceMs: number;
}

export const defaultSpoolLimits: SpoolLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxAgeMs: 30 * 86_400_000,
  maxKeptAgeMs: 90 * 86_400_000,
  boots: 32,
  maxMemoryBytes: 2 * 1024 * 1024,
  segmentBytes: 256 * 1024,
  maxQueued: 10_000,
  diskRetryMs: 2000,
  readPatienceMs: 60_000,
};

export interface SpoolOptions {
  readonly folder: string;
  readonly bootId: string;
  /** When this boot began, epoch milliseconds: earlier boots are sent first. */
  readonly startedAt: number;
  /** Epoch milliseconds, best never ahead of the truth: by this notices grow old. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Called after notices were spooled. */
  readonly onSpooled: () => void;
  /** Told of a notice that no controller would take, and that was left out: it would hold up all behind it for ever. */
  readonly onInvalid: (entry: NoticeEntry) => void;
  readonly limits?: Partial<SpoolLimits>;
}

/** A batch as it goes to the controller. */
export interface SpoolBatch {
  readonly bootId: string;
  readonly last: number;
  /** The JSON text of a contract `Notices`. */
  readonly payload: string;
}

/** Why notices may be late or lost, for health; null where all is well. */
export type SpoolTrouble = {
  readonly code: "spool-unwritable" | "spool-unreadable" | "spool-overflow";
  readonly text: string;
};

// Entries made durable by one fsync; larger batches delay the first of them.
const maxEntriesPerWrite = 500;

/**
 * The memory of notices that the controller has not committed yet: a line per notice, made durable
 * before it is sent, deleted when the store has it. Sequences count from 1 within a boot and have
 * no gaps; what must be given up is given up at the old end, where `oldest` says so.
 *
 * When room gets short, snapshots of hosts go first: above half of `maxBytes` a host is only
 * spooled when its verdict changes, and waits with its newest snapshot otherwise. Above `maxBytes` the oldest file
 * loses what is not kept longest (see {@link isKeptLongest}: changes of containments and the NAT log); once no file has
 * any of that, the oldest one goes. Age takes them in the same order: a file whose newest notice is older than `maxAgeMs`
 * loses what is not kept longest, and goes at `maxKeptAgeMs`. All changes run one after another on `#tail`.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #limits: SpoolLimits;
  readonly #queue: NoticeQueue;
  #segments: Segment[] = [];
  readonly #reading: ReadTroubles;
  #writer: SegmentWriter | null = null;
  #nextSequence = 1;
  /** Of the lines that are in a segment: the next sequence after them. */
  #nextHeld = 1;
  #marks: SpoolMarks | null = null;
  #marksBefore: readonly SpoolMark[] = [];
  #nextIndex = 1;
  #lost = 0;
  #diskFailure: { readonly at: number; readonly text: string } | null = null;
  #tail: Promise<void> = Promise.resolve();
  #isFlushQueued = false;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#limits = { ...defaultSpoolLimits, ...options.limits };
    this.#queue = new NoticeQueue(this.#limits.maxQueued);
    this.#reading = new ReadTroubles(this.#limits.readPatienceMs, options.monotonic);
  }

  /** Finds what earlier boots left. A folder that cannot be used is a trouble, not an error. */
  async open(): Promise<void> {
    try {
      await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
      this.#segments = await readLeftovers(this.#options.folder, (path, cause) => this.#reading.left(path, cause));
      this.#marksBefore = await SpoolMarks.read(this.#options.folder, this.#limits.boots);
      await this.#dropWhatExceeds();
      await this.#mark(0);
    } catch (cause) {
      this.#noteDiskFailure(cause);
    }
  }

  /** Takes a notice; it is durable within some 200 ms on a healthy disk. */
  append(entry: NoticeEntry): void {
    if (!isNotice({ ...entry, sequence: 1 })) {
      this.#options.onInvalid(entry);
      return;
    }
    this.#queue.add(entry);
    this.#queueFlush();
  }

  /** Resolves when all that was appended before stands on disk, or in memory where the disk refuses. */
  async flush(): Promise<void> {
    this.#queueFlush();
    await this.#tail;
  }

  /** Bytes held, on disk and in memory. */
  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Notices given up since the start. */
  get lost(): number {
    return this.#lost + this.#queue.lost;
  }

  get trouble(): SpoolTrouble | null {
    if (this.#diskFailure !== null) {
      return { code: "spool-unwritable", text: `notices are kept in memory only: ${this.#diskFailure.text}` };
    }
    const unread = this.#reading.text;
    if (unread !== null) return { code: "spool-unreadable", text: unread };
    if (this.#isPressed()) {
      return {
        code: "spool-overflow",
        text: `${Math.round(this.sizeBytes / 1024)} KB wait for the controller; snapshots of hosts are held back, ${this.lost} notices were given up`,
      };
    }
    return null;
  }

  /**
   * Of each boot, oldest first, the lowest sequence that may still be sent: what lies below and never came is lost. A
   * controller that was restored, or that waits for what a damaged disk took, learns so from nobody else.
   */
  accounts(): readonly { readonly bootId: string; readonly oldest: number }[] {
    const nextByBoot = new Map<string, number>();
    const heldByBoot = new Map<string, number>();
    for (const { bootId, last } of this.#marksBefore) nextByBoot.set(bootId, last + 1);
    for (const { bootId, last, acknowledged } of this.#segments) {
      nextByBoot.set(bootId, Math.max(nextByBoot.get(bootId) ?? 1, last + 1));
      if (last > acknowledged) heldByBoot.set(bootId, Math.min(heldByBoot.get(bootId) ?? Infinity, acknowledged + 1));
    }
    const { bootId } = this.#options;
    nextByBoot.delete(bootId);
    nextByBoot.set(bootId, this.#nextHeld);
    return [...nextByBoot].map(([boot, next]) => ({
      bootId: boot,
      oldest: Math.min(next, heldByBoot.get(boot) ?? next),
    }));
  }

  /** The lowest notices that were not committed yet, of one boot and without a gap; null where there are none. */
  async nextBatch(limits: { readonly maxNotices: number; readonly maxBytes: number }): Promise<SpoolBatch | null> {
    let batch: SpoolBatch | null = null;
    await this.#serialise(async () => {
      batch = await this.#collect(limits);
    });
    return batch;
  }

  /** Deletes what the store has committed. False where nobody can have committed that. */
  async acknowledge(bootId: string, sequence: number): Promise<boolean> {
    let isPlausible = true;
    await this.#serialise(async () => {
      if (bootId === this.#options.bootId && sequence >= this.#nextSequence) {
        isPlausible = false;
        return;
      }
      for (const segment of this.#segments) {
        if (segment.bootId !== bootId) continue;
        segment.acknowledged = Math.max(segment.acknowledged, Math.min(sequence, segment.last));
      }
      await this.#deleteAcknowledged();
    });
    // What was held back may have room now.
    this.#queueFlush();
    return isPlausible;
  }

  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#writer?.close();
    await this.#marks?.close().catch(() => undefined);
    if (this.#writer?.segment.sizeBytes === 0) await rm(this.#writer.segment.path, { force: true });
    this.#writer = null;
  }

  #isPressed(): boolean {
    return this.#diskFailure !== null || this.sizeBytes > this.#limits.maxBytes / 2;
  }

  #serialise(task: () => Promise<void>): Promise<void> {
    const run = this.#tail.then(task);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  #queueFlush(): void {
    if (this.#isFlushQueued || this.#isClosed) return;
    this.#isFlushQueued = true;
    void this.#serialise(async () => {
      this.#isFlushQueued = false;
      await this.#writeQueued();
    }).catch((cause: unknown) => this.#noteDiskFailure(cause));
  }

  async #writeQueued(): Promise<void> {
    if (this.#isDiskRetryDue()) await this.#moveToDisk();
    while (this.#queue.hasReady(this.#isPressed()) && this.#hasRoomInMemory()) {
      const entries = this.#queue.take(maxEntriesPerWrite, this.#isPressed());
      const lines = entries.map((entry, index) => lineOf({ ...entry, sequence: this.#nextSequence + index } as Notice));
      this.#nextSequence += lines.length;
      await this.#write(lines);
      this.#nextHeld = this.#nextSequence;
      // Of what is in memory alone as well: if it is lost, that is then known.
      await this.#mark(this.#nextSequence - 1);
      await this.#dropWhatExceeds();
      this.#options.onSpooled();
    }
    if (this.#diskFailure !== null) this.#retryLater();
  }

  async #write(lines: readonly SpoolLine[]): Promise<void> {
    const first = lines[0];
    if (first === undefined) return;
    if (this.#diskFailure === null) {
      try {
        const writer = await this.#writerFor(first.sequence);
        await writer.append(lines);
        return;
      } catch (cause) {
        this.#noteDiskFailure(cause);
        await this.#closeWriter();
      }
    }
    this.#segments.push({
      bootId: this.#options.bootId,
      path: null,
      lines,
      first: first.sequence,
      last: lines.at(-1)?.sequence ?? first.sequence,
      acknowledged: first.sequence - 1,
      thinnedBy: null,
      sizeBytes: lines.reduce((sum, line) => sum + line.json.length, 0),
      newestAt: timeOf(lines.at(-1) ?? first),
    });
  }

  /** Made again where the disk had no room for it: without it nobody would know of what was lost later. */
  async #mark(last: number): Promise<void> {
    const { folder, startedAt, bootId } = this.#options;
    try {
      this.#marks ??= await SpoolMarks.create(folder, startedAt, bootId);
      await this.#marks.set(last);
    } catch {
      // It is tried with every write; that the disk refuses is said by these.
    }
  }

  #isDiskRetryDue(): boolean {
    return this.#diskFailure !== null && this.#options.monotonic() - this.#diskFailure.at >= this.#limits.diskRetryMs;
  }

  /**
   * What had to stay in memory is always the newest, so it can follow the files as it is. Where the disk takes a part of it
   * alone, the rest stays behind that part: a batch that began with the rest would give the part up as lost.
   */
  async #moveToDisk(): Promise<void> {
    const inMemory = this.#segments.filter((segment) => segment.path === null);
    try {
      for (const segment of inMemory) {
        const writer = await this.#writerFor(segment.acknowledged + 1);
        await writer.append(await unacknowledgedLines(segment));
        await this.#remove(segment);
        const rest = this.#segments.filter(({ path }) => path === null);
        this.#segments = [...this.#segments.filter(({ path }) => path !== null), ...rest];
      }
      if (inMemory.length === 0) await this.#writerFor(this.#nextSequence);
      this.#diskFailure = null;
    } catch (cause) {
      this.#noteDiskFailure(cause);
      await this.#closeWriter();
    }
  }

  async #writerFor(nextSequence: number): Promise<SegmentWriter> {
    if (this.#writer !== null && this.#writer.segment.sizeBytes >= this.#limits.segmentBytes) await this.#closeWriter();
    if (this.#writer === null) {
      const { folder, startedAt, bootId } = this.#options;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = segmentPath(folder, startedAt, bootId, this.#nextIndex++);
      this.#writer = await SegmentWriter.create(path, bootId, nextSequence);
      this.#segments.push(this.#writer.segment);
      await syncFolder(folder);
    }
    return this.#writer;
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    await writer.close().catch(() => undefined);
    if (writer.segment.sizeBytes === 0) await this.#remove(writer.segment);
  }

  async #collect(limits: { readonly maxNotices: number; readonly maxBytes: number }): Promise<SpoolBatch | null> {
    const chosen: SpoolLine[] = [];
    let bootId: string | null = null;
    let sizeBytes = 0;
    for (const segment of [...this.#segments]) {
      if (segment.last <= segment.acknowledged || (bootId !== null && segment.bootId !== bootId)) continue;
      let lines: readonly SpoolLine[];
      try {
        lines = await unacknowledgedLines(segment);
        this.#reading.succeeded(segment);
      } catch (cause) {
        // What is written from now on must not go where it could not be read either.
        if (segment === this.#writer?.segment) await this.#closeWriter();
        if (this.#reading.failed(segment, cause)) break;
        await this.#setAside(segment);
        continue;
      }
      for (const line of lines) {
        const previous = chosen.at(-1);
        const lineBytes = Buffer.byteLength(line.json) + 1;
        const fits = chosen.length < limits.maxNotices && sizeBytes + lineBytes <= limits.maxBytes;
        const follows = previous === undefined || line.sequence === previous.sequence + 1;
        if (previous !== undefined && !(fits && follows)) return batchOf(segment.bootId, chosen);
        bootId = segment.bootId;
        chosen.push(line);
        sizeBytes += lineBytes;
      }
    }
    return bootId === null ? null : batchOf(bootId, chosen);
  }

  async #deleteAcknowledged(): Promise<void> {
    for (const segment of [...this.#segments]) {
      if (segment.acknowledged < segment.last) continue;
      if (segment === this.#writer?.segment) {
        if (segment.sizeBytes > 0) await this.#writer.clear().catch((cause: unknown) => this.#noteDiskFailure(cause));
      } else {
        await this.#remove(segment);
      }
    }
  }

  async #dropWhatExceeds(): Promise<void> {
    const { maxAgeMs, maxKeptAgeMs } = this.#limits;
    for (const segment of [...this.#segments]) {
      if (segment === this.#writer?.segment) continue;
      const ageMs = this.#options.now() - segment.newestAt;
      if (ageMs > maxKeptAgeMs) await this.#giveUp(segment);
      else if (ageMs > maxAgeMs && segment.thinnedBy === null && this.#diskFailure === null) await this.#thin(segment);
    }
    while (this.sizeBytes > this.#limits.maxBytes) {
      const done = this.#segments.filter((segment) => segment !== this.#writer?.segment);
      const whole = done.find(({ thinnedBy }) => thinnedBy === null);
      const oldest = done[0];
      if (oldest === undefined) return;
      if (whole === undefined) await this.#giveUp(oldest);
      else await this.#thin(whole);
    }
  }

  /** A file that cannot be thinned is given up: the room is needed. */
  async #thin(segment: Segment): Promise<void> {
    try {
      this.#lost += await thin(segment, ({ json }) => isKeptLongest((JSON.parse(json) as Notice).kind));
    } catch (cause) {
      this.#noteDiskFailure(cause);
      await this.#giveUp(segment);
      return;
    }
    if (segment.sizeBytes === 0) await this.#remove(segment);
    else if (segment.thinnedBy === null) await this.#giveUp(segment);
  }

  async #giveUp(segment: Segment): Promise<void> {
    this.#lost += Math.max(0, segment.last - segment.acknowledged - (segment.thinnedBy ?? 0));
    await this.#remove(segment);
  }

  /** As given up, but the file is left for whoever can still read something of it. */
  async #setAside(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment);
    this.#lost += Math.max(0, segment.last - segment.acknowledged - (segment.thinnedBy ?? 0));
    if (segment.path !== null) await setAside(segment.path).catch(() => undefined);
  }

  async #remove(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment);
    if (segment.path !== null) await rm(segment.path, { force: true }).catch(() => undefined);
  }

  #hasRoomInMemory(): boolean {
    const held = this.#segments.reduce((sum, segment) => sum + (segment.path === null ? segment.sizeBytes : 0), 0);
    return held < this.#limits.maxMemoryBytes;
  }

  #noteDiskFailure(cause: unknown): void {
    this.#diskFailure = { at: this.#options.monotonic(), text: (cause as Error).message };
  }

  #retryLater(): void {
    if (this.#retry !== null || this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#queueFlush();
    }, this.#limits.diskRetryMs);
    this.#retry.unref();
  }
}

function batchOf(bootId: string, lines: readonly SpoolLine[]): SpoolBatch {
  const [first, last] = [lines[0]?.sequence ?? 1, lines.at(-1)?.sequence ?? 1];
  const head = JSON.stringify({ version: contractVersion, bootId, oldest: first }).slice(0, -1);
  return { bootId, last, payload: `${head},"notices":[${lines.map((line) => line.json).join(",")}]}` };
}
