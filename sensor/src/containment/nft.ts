import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SensorError } from "../errors.ts";
import { isMissing, NftListing, objectsOf, type NftOutput } from "./nft-listing.ts";

/** One object of nft's JSON output: its kind is its only key. */
export type NftObject = Readonly<Record<string, unknown>>;

/** The kernel's nf_tables, as far as the executor needs it. */
export interface Nft {
  /** Puts a text into force as one transaction: all of it or nothing. */
  load(text: string): Promise<void>;
  /** What `nft list …` says, without the elements of named sets; null where the thing is not there. Rejects soon after the signal. */
  list(what: readonly string[], signal?: AbortSignal): Promise<readonly NftObject[] | null>;
  /** The same with elements. */
  listElements(what: readonly string[], signal?: AbortSignal): Promise<readonly NftObject[] | null>;
}

/** The same kernel, read until the signal. */
export function readUntil(nft: Nft, signal: AbortSignal | undefined): Nft {
  if (signal === undefined) return nft;
  return {
    load: (text) => nft.load(text),
    list: (what) => nft.list(what, signal),
    listElements: (what) => nft.listElements(what, signal),
  };
}

/** Whether the kernel took a text for no good, and left everything as it was. */
export function isRefusal(error: unknown): error is SensorError {
  return error instanceof SensorError && error.code === "nft-failed";
}

export interface NftOptions {
  /** Where long texts lie while they are loaded; must exist, best in memory. Default the system's folder for such. */
  readonly folder?: string;
  /** After this long an nft that hangs is killed. Default 10,000. */
  readonly timeoutMs?: number;
}

// Line by line, each for itself: as one text, nft 1.0.6 lists nothing of it.
const interactive = ["-j", "-n", "-i"];
// It would write down there what it was asked.
const noHistory = "/dev/null";

// A socket takes this much at once, so nft gets all of a text or nothing of it.
const maxPipedBytes = 16 * 1024;

// 10,000 elements with counters are under 2 MB.
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs the program `nft`, each call with its arguments as they are and no shell. Rejects with
 * `nft-missing`, `nft-timeout` or `nft-failed` and the first line that nft said.
 *
 * It never sees half a text, even where this process is killed while it hands the text over: the first half of a
 * ruleset may be a ruleset as well, one that lets everybody go.
 */
export function nftPort({ folder = tmpdir(), timeoutMs = 10_000 }: NftOptions = {}): Nft {
  let lastFile = 0;
  const listing = new NftListing((lines, signal) => run(interactive, { input: lines, timeoutMs, signal }));
  return {
    async load(text) {
      if (Buffer.byteLength(text) <= maxPipedBytes) return void (await run(["-f", "-"], { input: text, timeoutMs }));
      // Not the name that another process used whose nft may still be reading.
      const path = join(folder, `loading-${process.pid}-${++lastFile}.nft`);
      try {
        await writeFile(path, text, { mode: 0o600 });
        await run(["-f", path], { timeoutMs });
      } catch (error) {
        if (error instanceof SensorError) throw error;
        throw new SensorError("nft-failed", `cannot write ${path}: ${(error as Error).message}`, { cause: error });
      } finally {
        await rm(path, { force: true });
      }
    },
    list: (what, signal) => list(["-t", "list", ...what], timeoutMs, signal),
    listElements: (what, signal) => listing.list(what, signal),
  };
}

async function list(
  args: readonly string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly NftObject[] | null> {
  let output: string;
  try {
    output = (await run(["-j", "-n", ...args], { timeoutMs, signal })).stdout;
  } catch (error) {
    if (error instanceof SensorError && isMissing(error.message)) return null;
    throw error;
  }
  return objectsOf(output);
}

interface Run {
  readonly input?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

function run(args: readonly string[], { input = "", timeoutMs, signal }: Run): Promise<NftOutput> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "nft",
      [...args],
      {
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: maxOutputBytes,
        encoding: "utf8",
        signal,
        env: { ...process.env, HOME: noHistory },
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(errorOf(args, error, stderr, timeoutMs));
      },
    );
    // A program that ended early says why in its exit; the broken pipe adds nothing.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function errorOf(
  args: readonly string[],
  error: Error & { readonly code?: string | number | null; readonly killed?: boolean },
  stderr: string,
  timeoutMs: number,
): SensorError {
  const what = `nft ${args.join(" ")}`;
  if (error.code === "ENOENT")
    return new SensorError("nft-missing", "the program nft is not installed", { cause: error });
  if (error.name === "AbortError") return new SensorError("aborted", `${what} was given up`, { cause: error });
  if (error.killed === true) {
    return new SensorError("nft-timeout", `${what} did not end within ${timeoutMs} ms`, { cause: error });
  }
  const line = stderr.split("\n").find((text) => text !== "") ?? error.message;
  return new SensorError("nft-failed", `${what} failed: ${line}`, { cause: error });
}
