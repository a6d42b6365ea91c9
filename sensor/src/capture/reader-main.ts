/**
 * The reader's process: `reader-main.ts --group N --socket PATH`. It opens the log group, forwards
 * records to the judge and does nothing else. It ends when the judge's socket or its own stdin
 * closes, so that no orphan keeps the group. Exit codes: `readerExitCodes`.
 */
import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { SensorError } from "../errors.ts";
import { loadCap, Reader, type CapModule } from "./reader.ts";
import { readerExitCodes } from "./reader-protocol.ts";

// A killed predecessor lets go of the group within milliseconds; somebody else's reader stays.
const busyRetryMs = 100;
const busyPatienceMs = 4000;
const judgeRetryMs = 50;
const judgePatienceMs = 5000;

function end(code: number, text?: string): never {
  if (text !== undefined) process.stderr.write(`reader: ${text}\n`);
  process.exit(code);
}

function options(): { readonly group: number; readonly socketPath: string } {
  const { values } = parseArgs({ options: { group: { type: "string" }, socket: { type: "string" } } });
  const group = Number(values.group);
  if (values.socket === undefined || !Number.isInteger(group) || group < 0 || group > 65_535) {
    end(readerExitCodes.usage, "usage: reader-main --group 0…65535 --socket PATH");
  }
  return { group, socketPath: values.socket };
}

function cap(): CapModule {
  try {
    return loadCap(import.meta.url);
  } catch (error) {
    end(readerExitCodes.noCap, (error as Error).message);
  }
}

/** A judge that is being started again takes longer than a reader: waiting costs less than starting anew. */
async function connect(socketPath: string): Promise<Socket> {
  for (let waitedMs = 0; ; waitedMs += judgeRetryMs) {
    try {
      return await connectOnce(socketPath);
    } catch (error) {
      if (waitedMs >= judgePatienceMs) {
        end(readerExitCodes.noJudge, `cannot reach ${socketPath}: ${(error as Error).message}`);
      }
    }
    await sleep(judgeRetryMs);
  }
}

function connectOnce(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: socketPath });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // The close that follows ends the process.
      socket.on("error", () => {});
      socket.once("close", () => end(readerExitCodes.closed));
      // The judge sends nothing; reading is how its end is noticed.
      socket.resume();
      resolve(socket);
    });
  });
}

async function main(): Promise<void> {
  const { group, socketPath } = options();
  process.stdin.once("end", () => end(readerExitCodes.closed));
  process.stdin.once("error", () => end(readerExitCodes.closed));
  process.stdin.resume();
  const module = cap();
  const socket = await connect(socketPath);
  const reader = new Reader({
    cap: module,
    group,
    socket,
    clock: () => Date.now(),
  });
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

await main();
