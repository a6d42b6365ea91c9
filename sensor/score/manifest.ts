import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { SensorError } from "../src/errors.ts";

/** A machine that the manifest calls infected. */
const Infected = Type.Object({
  /** One address, or several that differ in their last part (`192.0.2.1/.2/.3`). */
  ip: Type.String(),
  /** Seconds from the first packet; absent or null where it is not known. */
  onset_s: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
});

/** What the manifest counted of one source; only what a reader of a miss may want. */
const Source = Type.Object({ ip: Type.String() });

/** One row of a folder's `manifest.json`; fields that are not named here are ignored. */
const Entry = Type.Object({
  file: Type.String(),
  label: Type.String(),
  /** `detect`, `weak`, `no-alert`, …; others are read, and not judged for right or wrong. */
  expected: Type.String(),
  vantage: Type.Optional(Type.String()),
  /** Who published it: captures of one origin are one family. */
  repo: Type.Optional(Type.String()),
  infected: Type.Optional(Type.Array(Infected)),
  top_sources: Type.Optional(Type.Array(Source)),
  /** False where times were shifted or squeezed; absent: usable. */
  timestamps_usable: Type.Optional(Type.Boolean()),
});
export type Entry = Static<typeof Entry>;

/** Reads the labels of a folder of captures. */
export async function readManifest(folder: string): Promise<readonly Entry[]> {
  const path = join(folder, "manifest.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new SensorError("manifest-unreadable", `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw new SensorError("manifest-invalid", `${path} is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (!Value.Check(Type.Array(Entry), rows)) {
    const [first] = Value.Errors(Type.Array(Entry), rows);
    throw new SensorError("manifest-invalid", `${path} is no manifest: ${first?.instancePath} ${first?.message}`);
  }
  return rows;
}

/** The addresses that a row's infected machines have. */
export function infectedAddresses({ infected = [] }: Pick<Entry, "infected">): string[] {
  return infected.flatMap(({ ip }) => {
    const [first = "", ...others] = ip.split("/");
    const network = first.slice(0, first.lastIndexOf("."));
    return [first, ...others.map((last) => (last.startsWith(".") ? network + last : last))];
  });
}

/** Seconds from the first packet until the first of the infected began; 0 where it is not known. */
export function onsetOf({ infected = [] }: Pick<Entry, "infected">): number {
  const onsets = infected.map(({ onset_s }) => onset_s ?? 0);
  return onsets.length === 0 ? 0 : Math.min(...onsets);
}
