import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SensorError } from "../errors.ts";
import type { Slot } from "./update-step.ts";

/** What a bundle says of itself, behind a signature that holds. */
export interface ReleaseFacts {
  /** The kind of box. */
  readonly compatible: string;
  readonly version: string;
}

/** What is done with bundles and boot entries, by the programs of the image that know how. */
export interface ReleaseTools {
  /** Rejects with `release-refused` where the signature does not hold, or it is no bundle. */
  look(bundle: string): Promise<ReleaseFacts>;
  /** Writes it into the slot, if it is no older than that version; rejects with `install-failed`. */
  install(bundle: string, version: string, slot: Slot): Promise<void>;
  /** What the box starts: the slot on trial, kept, or put back. Rejects with `entry-failed`. */
  entry(verb: "try" | "keep" | "put-back", slot: Slot): Promise<void>;
  /** Starts the box anew, in order. */
  restart(): Promise<void>;
}

const installMs = 30 * 60_000;

/** The programs in the folder `home`. */
export function releaseTools(home: string): ReleaseTools {
  const run = async (code: string, program: string, args: readonly string[], timeout: number): Promise<string> => {
    try {
      const options = { timeout, maxBuffer: 4 << 20 };
      return (await promisify(execFile)(program, [...args], options)).stdout;
    } catch (cause) {
      const { stderr = "", stdout = "", message } = cause as Partial<Record<"stderr" | "stdout", string>> & Error;
      throw new SensorError(code, wordsOf(`${stdout}\n${stderr}`) || message, { cause });
    }
  };
  return {
    async look(bundle) {
      return releaseFactsIn(await run("release-refused", `${home}/look-at-release`, [bundle], installMs));
    },
    async install(bundle, version, slot) {
      await run("install-failed", `${home}/install-release`, [bundle, version, slot], installMs);
    },
    async entry(verb, slot) {
      await run("entry-failed", `${home}/boot-entry`, [verb, slot], 60_000);
    },
    async restart() {
      await run("restart-failed", "systemctl", ["reboot"], 60_000);
    },
  };
}

/** What a program said of its failure, for a person: the reason that RAUC names, or the last line. */
export function wordsOf(output: string): string {
  const lines = output.split("\n").filter((line) => /\S/.test(line));
  const named = lines.find((line) => line.startsWith("LastError: ")) ?? lines.at(-1) ?? "";
  return named.replace(/^LastError: /, "").slice(0, 300);
}

/** Reads what `rauc info --output-format=json` says. Throws `release-refused`. */
export function releaseFactsIn(text: string): ReleaseFacts {
  const said = JSON.parse(text) as Partial<Record<"compatible" | "version", unknown>>;
  const { compatible, version } = said;
  if (typeof compatible !== "string" || typeof version !== "string") {
    throw new SensorError("release-refused", "The bundle does not say what it is.");
  }
  return { compatible, version };
}
