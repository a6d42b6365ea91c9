import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Lab } from "../../../sensor/lab/index.ts";

/** A program that was started, as whoever started it sees it. */
export interface Launched {
  /** As a power cut; settles when it is gone. */
  kill(): Promise<void>;
}

export interface LaunchHearing {
  readonly onLine: (line: string) => void;
  /** Once, however it ends. */
  readonly onEnd: (reason: string) => void;
}

/** Starts a program somewhere. */
export type Launch = (argv: readonly string[], hearing: LaunchHearing) => Promise<Launched>;

/** Starts it beside us; it ends with us, however we end. */
export const launchHere: Launch = async (argv, { onLine, onEnd }) => {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", onLine);
  const ended = new Promise<void>((resolve) => {
    const over = (reason: string) => {
      onEnd(reason);
      resolve();
    };
    child.once("close", (code, signal) => over(`ended (${signal ?? code})`));
    child.once("error", (error) => over(error.message));
  });
  return {
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
};

/** Starts it in the sensor's place of a lab, where the taps of a machine are. */
export function launchIn(lab: Lab): Launch {
  return async (argv, { onLine, onEnd }) => {
    let isOver = false;
    const forget = lab.onEvent((event) => {
      if (event.kind === "log" && event.from === boxName) onLine(event.text);
      if (event.kind === "program-ended" && event.name === boxName) {
        forget();
        isOver = true;
        onEnd(`ended (${event.signal ?? event.code})`);
      }
    });
    try {
      await lab.startProgram(boxName, "sensor", argv);
    } catch (error) {
      forget();
      throw error;
    }
    return {
      async kill() {
        // Where the lab is gone, the machine went with it.
        if (!isOver) await lab.endProgram(boxName, "SIGKILL").catch(() => undefined);
      },
    };
  };
}

const boxName = "box";
