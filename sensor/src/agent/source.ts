import type { SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import { CaptureServer } from "../capture/capture-server.ts";
import type { NflogFrame } from "../capture/nflog.ts";
import type { Frame } from "../capture/frame.ts";
import type { Observed } from "../containment/protocol.ts";
import { CaptureFeed } from "./capture-feed.ts";
import type { HealthBoard } from "./health-board.ts";
import { portSides } from "./port-sides.ts";

/** Where frames come from. */
export interface Source {
  start(): Promise<void>;
  close(): Promise<void>;
  /** Says how it stands. */
  tell(health: HealthBoard): void;
  /** Has whole packets handed over to the packet ring, of all or of one machine by its MAC; nothing where there is no wire. */
  readonly tap: { readonly open: (host: string | null) => void; readonly close: () => void };
  /** Sends a frame out of the inside port; false where that cannot be. */
  answer(frame: Uint8Array): boolean;
  /** The same of a question by ARP. */
  ask(frame: Uint8Array): boolean;
  /** Packets that would have been judged but were held back: the capture loss. */
  heldBack(observed: Observed | null): number;
}

// A reader that is being started again is no trouble yet.
const readerPatienceMs = 2000;

/** The wire, by way of the reader. */
export function wireSource(options: {
  readonly profile: SiteProfile;
  readonly socketPath: string;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Logger;
  readonly onFrame: (frame: NflogFrame) => void;
  readonly onArpAnswer: (frame: Uint8Array) => void;
  readonly onTapEnded: (text: string) => void;
}): Source {
  const { profile, socketPath, now, monotonic, log, onFrame, onArpAnswer, onTapEnded } = options;
  const server = new CaptureServer({
    socketPath,
    ...portSides(profile),
    clock: now,
    monotonic,
    onFrame,
    onArpAnswer,
    onTapEnded,
    onReadingChange: (isReading) => log.info({ isReading }, isReading ? "capturing" : "not capturing"),
  });
  let heldBack = 0;
  return {
    start: () => server.start(),
    close: () => server.close(),
    tap: { open: (host) => server.openTap(host), close: () => server.closeTap() },
    answer: (frame) => server.answer(frame),
    ask: (frame) => server.ask(frame),
    tell(health) {
      const { isReading, since } = server.state;
      if (isReading) health.clear("capture-down");
      else if (monotonic() - since >= readerPatienceMs) {
        health.raise("capture-down", "error", "Nothing is seen: no packets are being captured.");
      }
    },
    heldBack(observed) {
      if (observed !== null) heldBack = Object.values(observed.heldBack).reduce((sum, count) => sum + count, 0);
      return heldBack + server.state.droppedByReader;
    },
  };
}

/** A capture file, at its own pace. */
export function captureFileSource(options: {
  readonly path: string;
  readonly isLoop: boolean;
  readonly now: () => number;
  readonly log: Logger;
  readonly onFrame: (frame: Frame) => void;
}): Source {
  const { path, isLoop, now, log, onFrame } = options;
  const stop = new AbortController();
  const feed = new CaptureFeed({ path, isLoop, now, onFrame, signal: stop.signal });
  let playing: Promise<void> = Promise.resolve();
  let failure: string | null = null;
  let isOver = false;
  return {
    start() {
      playing = feed.run().then(
        () => {
          isOver = true;
          log.info("the capture file is at its end");
        },
        (error: unknown) => {
          failure = (error as Error).message;
          log.error({ err: error }, "cannot judge the capture file");
        },
      );
      return Promise.resolve();
    },
    async close() {
      stop.abort();
      await playing;
    },
    tell(health) {
      if (failure !== null) health.raise("capture-down", "error", `The capture file cannot be judged: ${failure}.`);
      const text = isOver ? "The capture file is at its end." : "A capture file is being judged; nothing is stopped.";
      health.raise("simulated", "info", text);
    },
    tap: { open: () => undefined, close: () => undefined },
    answer: () => false,
    ask: () => false,
    heldBack: () => feed.heldBack,
  };
}
