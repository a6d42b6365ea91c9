import { SensorError } from "../errors.ts";
import type { NftObject } from "./nft.ts";

/** What a process of nft has printed. */
export interface NftOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** What is to be listed: kind, family, table and name. */
export type Listed = readonly string[];

interface Waiting {
  readonly what: Listed;
  readonly resolve: (objects: readonly NftObject[] | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lists what is asked for in one go by one process. On a slow box a process takes ten times as long as what it
 * lists, and a look at the table asks for some thirty sets.
 */
export class NftListing {
  readonly #run: (lines: string, signal: AbortSignal | undefined) => Promise<NftOutput>;
  /** By signal, for what is given up together is listed together. */
  readonly #waiting = new Map<AbortSignal | undefined, Waiting[]>();

  /** @param run has nft carry out lines, each for itself, whatever becomes of the others */
  constructor(run: (lines: string, signal: AbortSignal | undefined) => Promise<NftOutput>) {
    this.#run = run;
  }

  /** Null where the thing is not there. */
  list(what: Listed, signal: AbortSignal | undefined): Promise<readonly NftObject[] | null> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(signal);
      if (waiting !== undefined) return void waiting.push({ what, resolve, reject });
      this.#waiting.set(signal, [{ what, resolve, reject }]);
      queueMicrotask(() => void this.#listAll(signal));
    });
  }

  async #listAll(signal: AbortSignal | undefined): Promise<void> {
    const all = this.#waiting.get(signal) ?? [];
    this.#waiting.delete(signal);
    try {
      const output = await this.#run(all.map(({ what }) => `list ${what.join(" ")}\n`).join(""), signal);
      const found = foundIn(output.stdout);
      const missing = whyMissing(output.stderr);
      for (const { what, resolve, reject } of all) {
        const objects = found.get(keyOf(what));
        if (objects !== undefined) resolve(objects);
        else if (missing === null) resolve(null);
        else reject(new SensorError("nft-failed", `nft list ${what.join(" ")} failed: ${missing}`));
      }
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }
}

function keyOf([kind, , table, name]: Listed): string {
  return `${kind} ${table} ${name}`;
}

/** By kind, table and name, from one JSON document a line. */
function foundIn(stdout: string): ReadonlyMap<string, readonly NftObject[]> {
  const found = new Map<string, readonly NftObject[]>();
  for (const line of stdout.split("\n")) {
    if (line === "") continue;
    const objects = objectsOf(line);
    for (const object of objects) {
      for (const [kind, part] of Object.entries(object)) {
        const { table, name } = (part ?? {}) as { readonly table?: unknown; readonly name?: unknown };
        if (typeof table === "string" && typeof name === "string") found.set(`${kind} ${table} ${name}`, objects);
      }
    }
  }
  return found;
}

/** Why something was not listed, in nft's words; null where all that nft says is that there is no such thing. */
function whyMissing(stderr: string): string | null {
  const errors = stderr.split("\n").filter((line) => line.includes("Error:"));
  if (errors.length === 0) return "nothing was printed";
  return errors.find((line) => !isMissing(line)) ?? null;
}

/** Whether nft says that there is no such thing. Some versions add what they think was meant. */
export function isMissing(line: string): boolean {
  return line.includes("Error: No such file or directory");
}

/** The objects of a document; rejects with `nft-failed` what is none. */
export function objectsOf(output: string): readonly NftObject[] {
  try {
    const { nftables } = JSON.parse(output) as { readonly nftables?: unknown };
    if (Array.isArray(nftables) && nftables.every(isObject)) return nftables;
  } catch {
    // Said below, together with the other way to be unreadable.
  }
  throw new SensorError("nft-failed", "nft list printed no JSON that could be read");
}

function isObject(value: unknown): value is NftObject {
  return typeof value === "object" && value !== null;
}
