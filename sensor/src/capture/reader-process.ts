import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { SensorError } from "../errors.ts";
import { isArpQuestion } from "../walk/arp-question.ts";
import { FrameSender, isAnswerOfPort80, pagesPerSecond } from "./frame-sender.ts";
import { encodeMessage, MessageDecoder } from "./framing.ts";
import { OwnAddresses } from "./own-addresses.ts";
import { PacketTap } from "./packet-tap.ts";
import { loadCap, Reader, type CapModule } from "./reader.ts";
import { maxMessageBytes, messageKinds, readerExitCodes } from "./reader-protocol.ts";

export interface ReaderProcessOptions {
  /** The log group of the kernel's rules. */
  readonly group: number;
  /** The judge's socket. */
  readonly socketPath: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Whether the end of its stdin ends it; default true. A service manager gives it none. */
  readonly endsWithStdin?: boolean;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** The command line that sends frames out of the inside port; null where no answer is to be sent. */
  readonly sendFrames: readonly string[] | null;
  /** The port whose whole packets may be handed over, and the socket where the judge takes them; null where none are. */
  readonly tap: { readonly port: string; readonly socketPath: string } | null;
}

// A killed predecessor lets go of the group within milliseconds; somebody else's reader stays.
const busyRetryMs = 100;
const busyPatienceMs = 4000;
// A judge that is being started again takes longer than a reader: waiting costs less than starting anew.
const judgeRetryMs = 50;
const judgePatienceMs = 60_000;

/** What has the process that sends frames write down which answers by ARP come in; see `send-frames.ts`. */
export const hearsArpFlag = "--hears-arp";
/** A walk asks its machines so often at most; see `walk/walk-watch.ts`. */
const questionsPerSecond = 400;
// Questions come within a second of each other, or not any more.
const askerIdleMs = 5000;

/**
 * Makes this process the reader: it opens the log group, forwards records to the judge, sends the few answers and questions
 * that the judge gives it, has whole packets handed over while the judge
 * wants them, and does nothing else. It ends when the judge's socket or its own stdin closes, so that no orphan keeps the
 * group. Exit codes: {@link readerExitCodes}.
 */
export async function runReader(options: ReaderProcessOptions): Promise<void> {
  if (options.endsWithStdin !== false) {
    process.stdin.once("end", () => end(readerExitCodes.closed));
    process.stdin.once("error", () => end(readerExitCodes.closed));
    process.stdin.resume();
  }
  const cap = capOrEnd();
  const { sendFrames, monotonic } = options;
  const pages = { maySend: isAnswerOfPort80, perSecond: pagesPerSecond };
  const sender = sendFrames === null ? null : new FrameSender({ command: sendFrames, monotonic, ...pages });
  const own = new OwnAddresses({ monotonic });
  const asker =
    sendFrames === null
      ? null
      : new FrameSender({
          command: [...sendFrames, hearsArpFlag],
          monotonic,
          maySend: (frame) => isArpQuestion(frame, (address) => own.has(address)),
          perSecond: questionsPerSecond,
          idleMs: askerIdleMs,
          onHeard: (frame) => socket.write(encodeMessage(Buffer.concat([Buffer.from([messageKinds.heard]), frame]))),
        });
  const tellEnd = (text: string): void => {
    socket.write(encodeMessage(Buffer.concat([Buffer.from([messageKinds.tapEnded]), Buffer.from(text)])));
  };
  const tap = options.tap === null ? null : new PacketTap({ ...options.tap, onEnded: tellEnd });
  const socket = await connect(options.socketPath, (body) => {
    if (body[0] === messageKinds.answer) sender?.send(body.subarray(1));
    else if (body[0] === messageKinds.question) asker?.send(body.subarray(1));
    else if (body[0] === messageKinds.tap) tap?.open(body.length === 1 ? null : body.subarray(1).toString("latin1"));
    else if (body[0] === messageKinds.untap) tap?.close();
  });
  const reader = new Reader({ cap, group: options.group, socket, clock: options.clock });
  for (let waitedMs = 0; ; waitedMs += busyRetryMs) {
    try {
      reader.open();
      return;
    } catch (error) {
      if (!(error instanceof SensorError)) throw error;
      if (error.code !== "group-busy") end(readerExitCodes.openFailed, error.message);
      if (waitedMs >= busyPatienceMs) end(readerExitCodes.groupBusy, error.message);
    }
    await sleep(busyRetryMs);
  }
}

function end(code: number, text?: string): never {
  if (text !== undefined) process.stderr.write(`reader: ${text}\n`);
  process.exit(code);
}

function capOrEnd(): CapModule {
  try {
    return loadCap(import.meta.url);
  } catch (error) {
    end(readerExitCodes.noCap, (error as Error).message);
  }
}

async function connect(socketPath: string, onMessage: (body: Buffer) => void): Promise<Socket> {
  for (let waitedMs = 0; ; waitedMs += judgeRetryMs) {
    try {
      return await connectOnce(socketPath, onMessage);
    } catch (error) {
      if (waitedMs >= judgePatienceMs) {
        end(readerExitCodes.noJudge, `cannot reach ${socketPath}: ${(error as Error).message}`);
      }
    }
    await sleep(judgeRetryMs);
  }
}

function connectOnce(socketPath: string, onMessage: (body: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: socketPath });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // The close that follows ends the process.
      socket.on("error", () => {});
      socket.once("close", () => end(readerExitCodes.closed));
      // Reading is also how the judge's end is noticed.
      const messages = new MessageDecoder({ maxBytes: maxMessageBytes, onMessage });
      socket.on("data", (chunk) => {
        if (!messages.push(chunk)) socket.destroy();
      });
      resolve(socket);
    });
  });
}
