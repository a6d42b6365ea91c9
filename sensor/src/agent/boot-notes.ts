import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What the box noted while it started: files that the initramfs and the system left. */
export interface BootNotes {
  /** The box's own words, by the trouble's code. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Seconds from the kernel's start, by step. */
  readonly steps: ReadonlyMap<string, number>;
  /** Notes that nobody of ours writes: bad names, no ordinary files, too long. */
  readonly odd: number;
}

// A note is one sentence or one number.
const maxNoteBytes = 1024;
const maxNotes = 64;
const codePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const maxCodeLength = 48;

/** Reads the notes in a folder, whatever lies there; null where the folder cannot be read. */
export async function readBootNotes(folder: string): Promise<BootNotes | null> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch {
    return null;
  }
  const troubles = new Map<string, string>();
  const steps = new Map<string, number>();
  let odd = 0;
  for (const name of names.toSorted()) {
    const isTrouble = name.startsWith("trouble-");
    if (!isTrouble && !name.endsWith("-at")) continue;
    const code = isTrouble ? name.slice("trouble-".length) : name.slice(0, -"-at".length);
    const isKnownShape = codePattern.test(code) && code.length <= maxCodeLength;
    const text = isKnownShape && troubles.size + steps.size < maxNotes ? await readNote(join(folder, name)) : null;
    if (text === null) odd++;
    else if (isTrouble) troubles.set(code, text);
    else if (/^\d{1,9}(\.\d+)?$/.test(text)) steps.set(code, Number(text));
    else odd++;
  }
  return { troubles, steps, odd };
}

/** The one line of a note; null for what is none. */
async function readNote(path: string): Promise<string | null> {
  try {
    // Neither follows a link nor waits for the writer of a pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile() || status.size > maxNoteBytes) return null;
      const bytes = Buffer.alloc(maxNoteBytes);
      const { bytesRead } = await file.read(bytes, 0, maxNoteBytes, 0);
      return bytes
        .toString("utf8", 0, bytesRead)
        .replaceAll(/[\p{Cc}\s]+/gu, " ")
        .trim();
    } finally {
      await file.close();
    }
  } catch {
    // Gone since it was listed, or not for us: there is no such note.
    return null;
  }
}
