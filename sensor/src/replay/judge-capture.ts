import type { HostSnapshot, LineState } from "@cordon/contract";
import { readCaptureFile, readCaptureStream } from "../capture/capture-file/read-capture-file.ts";
import { MirroredCapture } from "../capture/duplicate-filter.ts";
import type { Frame } from "../capture/frame.ts";
import { Selector } from "../capture/selector.ts";
import type { SensorError } from "../errors.ts";
import { Judge, type JudgeOptions } from "../judge.ts";
import { createPacket } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { PacketClock } from "./packet-clock.ts";

export interface JudgeCaptureOptions {
  /** The site's addresses as CIDR; absent or empty stands for private and link-local ranges. */
  readonly inside?: readonly string[];
  /** Work that a person declared; default: none. */
  readonly duties?: JudgeOptions["duties"];
  /** Judges every frame twice, as a mirrored port hands it on; default false. */
  readonly isDoubled?: boolean;
  /** Told of what the judge would report while it goes on, as often as the live judge would. */
  readonly changed?: (hosts: readonly HostSnapshot[], at: number) => void;
  /** As of the judge. */
  readonly contactConfirmed?: JudgeOptions["contactConfirmed"];
}

/** What judging one capture came to. */
export interface CaptureReport {
  readonly file: string;
  /** Frames read, whether they could be parsed or not. */
  readonly packets: number;
  /** Copies the judge got, by selection rule, and those held back by a limit. */
  readonly handedUp: Readonly<Record<string, number>>;
  readonly heldBack: Readonly<Record<string, number>>;
  readonly weird: Readonly<Record<string, number>>;
  /** Time of the first and the last packet in epoch milliseconds; null where there is none. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly line: LineState;
  readonly hosts: readonly HostSnapshot[];
  /** What was wrong with the file behind the packets judged; null for a sound one. */
  readonly error: SensorError | null;
}

/** The live judge is told the time as often. */
const advanceEveryMs = 250;

/**
 * Judges a capture file in packet time, by the pipeline that judges the wire: parse, select, judge.
 * Rejects with a SensorError where no packet could be read.
 */
export function judgeCapture(path: string, options: JudgeCaptureOptions = {}): Promise<CaptureReport> {
  return judge(path, options, (onFrame) => readCaptureFile(path, onFrame));
}

/** The same for a capture that comes as a stream; `name` stands for the file in the report. */
export function judgeStream(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  options: JudgeCaptureOptions = {},
): Promise<CaptureReport> {
  return judge(name, options, (onFrame) => readCaptureStream(chunks, onFrame));
}

async function judge(
  file: string,
  options: JudgeCaptureOptions,
  read: (onFrame: (frame: Frame) => void) => ReturnType<typeof readCaptureFile>,
): Promise<CaptureReport> {
  const judging = new Judge({
    localNets: options.inside ?? [],
    declared: [],
    exclude: [],
    ...(options.duties === undefined ? {} : { duties: options.duties }),
    ...(options.contactConfirmed === undefined ? {} : { contactConfirmed: options.contactConfirmed }),
  });
  const selector = new Selector();
  const weird = new WeirdCounter();
  const clock = new PacketClock(weird);
  const packet = createPacket();
  const mirrored = new MirroredCapture();
  const copies = options.isDoubled === true ? 2 : 1;
  let startedAt: number | null = null;
  let endedAt: number | null = null;
  let advancedAt = Number.NEGATIVE_INFINITY;

  const { packets, damage } = await read((frame) => {
    const at = clock.timeOf(frame.at);
    startedAt ??= at;
    endedAt = at;
    if (at - advancedAt >= advanceEveryMs) {
      advancedAt = at;
      judging.advance(at);
      options.changed?.(judging.takeChanged(), at);
    }
    for (let copy = 0; copy < copies; copy += 1) {
      if (!parseFrame(frame, packet, weird)) return;
      packet.at = at;
      if (mirrored.isCopy(packet)) continue;
      if (selector.select(packet) !== null) judging.observe(packet);
    }
  });
  if (endedAt !== null) judging.advance(endedAt);
  return {
    file,
    packets,
    handedUp: selector.handedUp(),
    heldBack: selector.heldBack(),
    weird: weird.counts(),
    startedAt,
    endedAt,
    line: judging.line(),
    hosts: judging.hosts(),
    error: damage,
  };
}
