import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  parseUpdateRequest,
  parseUpdateStatus,
  updateFiles,
  updateStatusName,
  type UpdateRequest,
  type UpdateStatus,
} from "@cordon/contract";
import { readFileIfPresent, writeFileAtomic } from "../record/atomic-file.ts";
import type { Slot, Trial } from "./update-step.ts";

/** Where the parts of an update lie. */
export interface UpdatePlaces {
  /** The judge's folder, which only it writes to. */
  readonly inbox: string;
  /** What outlives a power cut, on the partition that the initramfs reads before all else. */
  readonly kept: string;
  /** Where the judge reads how far it has come. */
  readonly outbox: string;
  /** The initramfs's notes of this start. */
  readonly boot: string;
}

export const receivedBundle = ({ inbox }: Pick<UpdatePlaces, "inbox">) => join(inbox, updateFiles.bundle);
const trialPath = ({ kept }: Pick<UpdatePlaces, "kept">) => join(kept, "trial");
const fallenPath = ({ kept }: Pick<UpdatePlaces, "kept">) => join(kept, "fallen");

const maxRequestBytes = 16 * 1024;

/** What the judge asks for; null where there is nothing, or nothing that makes sense. Follows no link: the folder is not ours. */
export async function readRequest(places: UpdatePlaces): Promise<UpdateRequest | null> {
  const text = await readForeign(join(places.inbox, updateFiles.request));
  const parsed = text === null ? null : parseUpdateRequest(text);
  return parsed?.ok === true ? parsed.value : null;
}

async function readForeign(path: string): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(maxRequestBytes + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return bytes.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

export async function readStatus({ kept }: UpdatePlaces): Promise<UpdateStatus | null> {
  const text = await readFileIfPresent(join(kept, updateStatusName)).catch(() => null);
  const parsed = text === null ? null : parseUpdateStatus(text);
  return parsed?.ok === true ? parsed.value : null;
}

/** Keeps a status, and hands it to the judge. */
export async function writeStatus(status: UpdateStatus, places: UpdatePlaces): Promise<void> {
  await writeFileAtomic(join(places.kept, updateStatusName), `${JSON.stringify(status)}\n`);
  await tellStatus(status, places);
}

/** Hands a status to the judge, whose group may read it. */
export function tellStatus(status: UpdateStatus, { outbox }: UpdatePlaces): Promise<void> {
  return writeFileAtomic(join(outbox, updateStatusName), `${JSON.stringify(status)}\n`, 0o640);
}

export async function readTrial(places: UpdatePlaces): Promise<Trial | null> {
  const text = await readFileIfPresent(trialPath(places)).catch(() => null);
  const [, slot, previous] = /^slot ([ab])\nprevious ([ab])\n/.exec(text ?? "") ?? [];
  return slot === undefined || slot === previous ? null : { slot: slot as Slot, previous: previous as Slot };
}

/** In the words of the initramfs, which counts its starts. */
export function writeTrial({ slot, previous }: Trial, tries: number, places: UpdatePlaces): Promise<void> {
  return writeFileAtomic(trialPath(places), `slot ${slot}\nprevious ${previous}\ntries ${tries}\n`);
}

/** Why the initramfs, or this program, gave a trial up. */
export async function readFallen(places: UpdatePlaces): Promise<string | null> {
  const text = await readFileIfPresent(fallenPath(places)).catch(() => null);
  return text === null ? null : text.trim().slice(0, 300);
}

export function writeFallen(words: string, places: UpdatePlaces): Promise<void> {
  return writeFileAtomic(fallenPath(places), `${words}\n`);
}

/** The trial is over, and what came of it is in the status. */
export async function forgetTrial(places: UpdatePlaces): Promise<void> {
  await rm(trialPath(places), { force: true });
  await rm(fallenPath(places), { force: true });
}

/** What is wrong with the bundle as bytes; null where it is the one that was asked for. */
export async function bundleFault(request: UpdateRequest, places: UpdatePlaces): Promise<string | null> {
  const path = receivedBundle(places);
  try {
    const { size } = await stat(path);
    if (size !== request.size) return `The bundle has ${size} bytes, and ${request.size} were announced.`;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    return hash.digest("hex") === request.sha256 ? null : "The bundle is not the one that was announced.";
  } catch (error) {
    return `The bundle cannot be read: ${(error as Error).message}.`;
  }
}
