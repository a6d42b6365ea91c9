import { execFile } from "node:child_process";
import { SensorError } from "../errors.ts";

/** One object of nft's JSON output: its kind is its only key. */
export type NftObject = Readonly<Record<string, unknown>>;

/** The kernel's nf_tables, as far as the executor needs it. */
export interface Nft {
  /** Puts a text into force as one transaction: all of it or nothing. */
  load(text: string): Promise<void>;
  /** What `nft list …` says, without the elements of named sets; null where the thing is not there. */
  list(what: readonly string[]): Promise<readonly NftObject[] | null>;
  /** The same with elements. */
  listElements(what: readonly string[]): Promise<readonly NftObject[] | null>;
}

export interface NftOptions {
  /** After this long an nft that hangs is killed. Default 10,000. */
  readonly timeoutMs?: number;
}

// 10,000 elements with counters are under 2 MB.
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs the program `nft`, each call with its arguments as they are and no shell. Rejects with
 * `nft-missing`, `nft-timeout` or `nft-failed` and the first line that nft said.
 */
export function nftPort(options: NftOptions = {}): Nft {
  const timeoutMs = options.timeoutMs ?? 10_000;
  return {
    async load(text) {
      await run(["-f", "-"], text, timeoutMs);
    },
    list: (what) => list(["-t", "list", ...what], timeoutMs),
    listElements: (what) => list(["list", ...what], timeoutMs),
  };
}

async function list(args: readonly string[], timeoutMs: number): Promise<readonly NftObject[] | null> {
  let output: string;
  try {
    output = await run(["-j", "-n", ...args], "", timeoutMs);
  } catch (error) {
    // Some versions add what they think was meant.
    if (error instanceof SensorError && error.message.includes("Error: No such file or directory")) return null;
    throw error;
  }
  return objectsOf(output);
}

function objectsOf(output: string): readonly NftObject[] {
  try {
    const { nftables } = JSON.parse(output) as { readonly nftables?: unknown };
    if (Array.isArray(nftables)) return nftables as NftObject[];
  } catch {
    // Said below, together with the other way to be unreadable.
  }
  throw new SensorError("nft-failed", "nft list printed no JSON that could be read");
}

function run(args: readonly string[], input: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "nft",
      [...args],
      { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
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
  if (error.killed === true) {
    return new SensorError("nft-timeout", `${what} did not end within ${timeoutMs} ms`, { cause: error });
  }
  const line = stderr.split("\n").find((text) => text !== "") ?? error.message;
  return new SensorError("nft-failed", `${what} failed: ${line}`, { cause: error });
}
