import { Type } from "typebox";
import { HostSnapshot, LineState, Time, parserOf } from "@cordon/contract";
import type { JudgeCheckpoint } from "../judge-options.ts";
import { readFileIfPresent, setAside, writeFileAtomic } from "./atomic-file.ts";

// The judge's own caps keep a checkpoint far below this; a larger file is not ours.
const maxBytes = 64 * 1024 * 1024;

const Checkpoint = Type.Object({
  version: Type.Literal(1),
  at: Time,
  startedAt: Type.Union([Time, Type.Null()]),
  contacts: Type.Integer({ minimum: 0 }),
  line: LineState,
  hosts: Type.Array(HostSnapshot),
  names: Type.Array(Type.Tuple([Type.String(), Type.String(), Type.Number()])),
  gatewayMacs: Type.Array(Type.String()),
});

/** Takes a checkpoint's text apart. */
export const parseCheckpoint = parserOf(Checkpoint, { maxBytes });

/** What was found on disk at the start. */
export interface StoredCheckpoint {
  readonly checkpoint: JudgeCheckpoint | null;
  /** Why a file that was there was set aside; null where nothing was wrong. */
  readonly trouble: string | null;
}

/** Reads what the judge knew when it last ran. A file that makes no sense is set aside. */
export async function loadCheckpoint(path: string): Promise<StoredCheckpoint> {
  const text = await readFileIfPresent(path);
  if (text === null) return { checkpoint: null, trouble: null };
  const parsed = parseCheckpoint(text);
  if (parsed.ok) return { checkpoint: parsed.value, trouble: null };
  await setAside(path);
  return { checkpoint: null, trouble: `the checkpoint was set aside: ${parsed.error}` };
}

export async function saveCheckpoint(path: string, checkpoint: JudgeCheckpoint): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(checkpoint));
}
