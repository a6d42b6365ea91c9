import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PacketSliceQuestion, RecordingAuthorisation } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { authorisationText, keptAfterEndMs } from "./authorised.ts";
import { PcapCutter, pcapHeadBytes, pcapRecordHeadBytes, type CutPacket } from "./pcap-cutter.ts";
import { interfaceBlock, packetBlock, sectionBlock } from "./pcapng-text.ts";

export interface PacketRingLimits {
  /** What the ring may take of the disk; never more than a quarter of the file system. */
  readonly maxBytes: number;
  /** The ring gives up its oldest by pieces of this size, or of this time. */
  readonly segmentBytes: number;
  readonly segmentMs: number;
}

export const defaultPacketRingLimits: PacketRingLimits = {
  maxBytes: 256 * 1024 * 1024,
  segmentBytes: 4 * 1024 * 1024,
  segmentMs: 60_000,
};

/** How the ring stands; times are epoch milliseconds. */
export interface PacketRingState {
  readonly since: number | null;
  readonly sizeBytes: number;
}

interface Segment {
  readonly path: string;
  readonly firstAt: number;
  lastAt: number;
  sizeBytes: number;
}

const authorisationFile = "authorisation.json";
/** Beside it once another took its place: since when, epoch milliseconds. */
const replacedFile = "replaced";
const madeBy = "Cordon";

/**
 * Whole packets in files of a few megabytes, the oldest of which go first. Each folder holds what was recorded under one
 * authorisation, and that. It blocks while it works: it belongs into a thread of its own.
 */
export class PacketRing {
  readonly #folder: string;
  readonly #limits: PacketRingLimits;
  /** Oldest first. */
  #segments: Segment[] = [];
  #recording: string | null = null;
  #cutter: PcapCutter | null = null;
  #fd: number | null = null;
  #count = 0;
  /** Packets of one piece of the stream, written at once. */
  #batch: Buffer[] = [];

  constructor(folder: string, limits: Partial<PacketRingLimits> = {}) {
    this.#folder = folder;
    this.#limits = { ...defaultPacketRingLimits, ...limits };
  }

  get state(): PacketRingState {
    return { since: this.#segments[0]?.firstAt ?? null, sizeBytes: this.#sizeBytes() };
  }

  /** Takes up what earlier runs recorded; what has no authorisation beside it goes. */
  open(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#folder).sort()) {
      const recording = join(this.#folder, name);
      if (this.#authorisationOf(recording) === null) {
        rmSync(recording, { recursive: true, force: true });
        continue;
      }
      for (const file of readdirSync(recording)
        .filter((each) => each.endsWith(".pcap"))
        .sort()) {
        this.#adopt(join(recording, file));
      }
    }
  }

  /** From now on what comes is recorded under this authorisation. */
  begin(authorisation: RecordingAuthorisation, at: number): void {
    this.end();
    this.#endOthers(authorisation.id, at);
    this.#forget(at);
    this.#recording = join(this.#folder, `${Math.round(at).toString().padStart(15, "0")}-${authorisation.id}`);
    mkdirSync(this.#recording, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#recording, authorisationFile), JSON.stringify(authorisation), { mode: 0o600 });
    this.#cutter = new PcapCutter((packet) => this.#take(packet));
  }

  /** Takes the next piece of the stream; false where it is none that can be recorded. */
  take(chunk: Buffer): boolean {
    if (this.#cutter?.push(chunk) !== true) return false;
    this.#write();
    return true;
  }

  /** Nothing more is recorded until it begins anew. */
  end(): void {
    this.#closeSegment();
    this.#recording = null;
    this.#cutter = null;
  }

  /**
   * Writes the packets of a time into a pcapng file, each recording as a section with its authorisation in it; how many
   * there were. Throws a {@link SensorError} `slice-too-large` where they would take more than `maxBytes`.
   */
  slice({ from, to, host }: PacketSliceQuestion, path: string, maxBytes: number): number {
    const mac = host === undefined ? null : Buffer.from(host.replaceAll(":", ""), "hex");
    const out = openSync(path, "w", 0o600);
    let [packets, sizeBytes] = [0, 0];
    let section: string | null = null;
    const put = (bytes: Buffer) => {
      sizeBytes += bytes.length;
      if (sizeBytes > maxBytes) {
        throw new SensorError("slice-too-large", `the packets of that time take more than ${maxBytes} bytes`);
      }
      writeSync(out, bytes);
    };
    try {
      for (const segment of this.#segments) {
        if (segment.lastAt < from || segment.firstAt > to) continue;
        const recording = dirname(segment.path);
        const bytes = readFileSync(segment.path);
        const cutter = new PcapCutter(({ at, record }) => {
          if (at < from || at > to || !isOf(record, mac)) return;
          if (section !== recording) put(this.#sectionOf(recording, bytes.subarray(0, pcapHeadBytes)));
          section = recording;
          put(packetBlock(record));
          packets += 1;
        });
        cutter.push(bytes);
      }
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(out);
    }
    return packets;
  }

  /** Deletes all that was recorded. */
  clear(): void {
    this.end();
    this.#segments = [];
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  #sectionOf(recording: string, head: Buffer): Buffer {
    const authorisation = this.#authorisationOf(recording);
    if (authorisation === null) throw new SensorError("not-authorised", `${basename(recording)} has no authorisation`);
    const comments = [authorisationText(authorisation), JSON.stringify(authorisation)];
    return Buffer.concat([sectionBlock(comments, madeBy), interfaceBlock(head)]);
  }

  #take({ at, record }: CutPacket): void {
    const current = this.#fd === null ? undefined : this.#segments.at(-1);
    const { segmentBytes, segmentMs } = this.#limits;
    const isFull = current !== undefined && (current.sizeBytes >= segmentBytes || at - current.firstAt >= segmentMs);
    if (isFull) this.#closeSegment();
    const segment = this.#fd === null ? this.#openSegment(at) : this.#segments.at(-1);
    if (segment === undefined) return;
    // The stream's memory is used again.
    this.#batch.push(Buffer.from(record));
    segment.sizeBytes += record.length;
    segment.lastAt = Math.max(segment.lastAt, at);
  }

  #openSegment(at: number): Segment {
    const [recording, head] = [this.#recording, this.#cutter?.head];
    if (recording === null || head == null) throw new SensorError("not-recording", "no recording has begun");
    const path = join(recording, `${(++this.#count).toString().padStart(8, "0")}.pcap`);
    this.#fd = openSync(path, "wx", 0o600);
    this.#batch.push(head);
    const segment = { path, firstAt: at, lastAt: at, sizeBytes: head.length };
    this.#segments.push(segment);
    this.#forget(at);
    this.#makeRoom();
    return segment;
  }

  /** What was recorded under others is over from now on, whatever they still allowed. */
  #endOthers(id: string, at: number): void {
    for (const recording of this.#recordings()) {
      const isOver = existsSync(join(recording, replacedFile));
      if (isOver || this.#authorisationOf(recording)?.id === id) continue;
      writeFileSync(join(recording, replacedFile), String(Math.round(at)), { mode: 0o600 });
    }
  }

  /** Deletes what nobody allows any more, a day after that ended. */
  #forget(at: number): void {
    for (const recording of this.#recordings()) {
      if (recording === this.#recording || at - this.#endOf(recording) <= keptAfterEndMs) continue;
      this.#segments = this.#segments.filter(({ path }) => dirname(path) !== recording);
      rmSync(recording, { recursive: true, force: true });
    }
  }

  #recordings(): string[] {
    return readdirSync(this.#folder).map((name) => join(this.#folder, name));
  }

  /** When what was recorded there stopped being allowed; long ago where nobody knows. */
  #endOf(recording: string): number {
    const until = this.#authorisationOf(recording)?.until ?? 0;
    const path = join(recording, replacedFile);
    return existsSync(path) ? Math.min(until, Number(readFileSync(path, "latin1"))) : until;
  }

  #write(): void {
    if (this.#fd === null || this.#batch.length === 0) return;
    const bytes = Buffer.concat(this.#batch);
    this.#batch = [];
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      // A disk that is full has room once the oldest are gone; what is cut here ends its file.
      this.#closeSegment();
      const oldest = this.#segments[0];
      if (oldest !== undefined) this.#remove(oldest);
      throw error;
    }
  }

  #closeSegment(): void {
    if (this.#fd === null) return;
    const fd = this.#fd;
    if (this.#batch.length > 0) writeSync(fd, Buffer.concat(this.#batch));
    this.#batch = [];
    this.#fd = null;
    closeSync(fd);
  }

  #makeRoom(): void {
    const { bsize, blocks } = statfsSync(this.#folder);
    const most = Math.min(this.#limits.maxBytes, (bsize * blocks) / 4);
    // Room for the one that is being written.
    while (this.#segments.length > 1 && this.#sizeBytes() + this.#limits.segmentBytes > most) {
      const [oldest] = this.#segments;
      if (oldest !== undefined) this.#remove(oldest);
    }
  }

  #remove(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    rmSync(segment.path, { force: true });
    const recording = dirname(segment.path);
    const isEmpty = recording !== this.#recording && !this.#segments.some(({ path }) => dirname(path) === recording);
    if (isEmpty) rmSync(recording, { recursive: true, force: true });
  }

  /** A file that was cut by a power failure ends with its last whole packet. */
  #adopt(path: string): void {
    let [firstAt, lastAt] = [Number.POSITIVE_INFINITY, 0];
    const cutter = new PcapCutter(({ at }) => {
      firstAt = Math.min(firstAt, at);
      lastAt = Math.max(lastAt, at);
    });
    const bytes = readFileSync(path);
    cutter.push(bytes);
    this.#count = Math.max(this.#count, Number.parseInt(basename(path), 10));
    if (lastAt === 0) return rmSync(path, { force: true });
    this.#segments.push({ path, firstAt, lastAt, sizeBytes: bytes.length });
  }

  #authorisationOf(recording: string): RecordingAuthorisation | null {
    try {
      return JSON.parse(readFileSync(join(recording, authorisationFile), "utf8")) as RecordingAuthorisation;
    } catch {
      return null;
    }
  }

  #sizeBytes(): number {
    return this.#segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
}

/** Whether an Ethernet frame goes from or to the card. */
function isOf(record: Buffer, mac: Buffer | null): boolean {
  if (mac === null) return true;
  const frame = record.subarray(pcapRecordHeadBytes);
  return frame.subarray(0, 6).equals(mac) || frame.subarray(6, 12).equals(mac);
}
