import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  maxSignedDesiredBytes,
  parserOf,
  parseUpdateRequest,
  parseUpdateStatus,
  updateFiles,
  updateStatusName,
  type UpdateRequest,
  type UpdateStatus,
} from "@cordon/contract";
import { Type } from "typebox";
import { SensorError } from "../errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../record/atomic-file.ts";
import type { OrderPlace } from "./ordered-release.ts";
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

const trialPath = ({ kept }: Pick<UpdatePlaces, "kept">) => join(kept, "trial");
const fallenPath = ({ kept }: Pick<UpdatePlaces, "kept">) => join(kept, "fallen");

const maxRequestBytes = 16 * 1024;
const seenName = "order-seen.json";
const parseSeen = parserOf(Type.Object({ epoch: Type.Integer(), revision: Type.Integer() }), { maxBytes: 1024 });

/** What the judge asks for; null where there is nothing, or nothing that makes sense. */
export async function readRequest(places: UpdatePlaces): Promise<UpdateRequest | null> {
  const text = await readReceived(updateFiles.request, maxRequestBytes, places);
  const parsed = text === null ? null : parseUpdateRequest(text);
  return parsed?.ok === true ? parsed.value : null;
}

/** The signed document that the judge says orders it; null where there is none. */
export function readOrder(places: UpdatePlaces): Promise<string | null> {
  return readReceived(updateFiles.order, maxSignedDesiredBytes, places);
}

/** The newest document that an order was followed from; null for none, and where it cannot be read. */
export async function readSeen({ kept }: UpdatePlaces): Promise<OrderPlace | null> {
  const text = await readFileIfPresent(join(kept, seenName)).catch(() => null);
  const parsed = text === null ? null : parseSeen(text);
  return parsed?.ok === true ? parsed.value : null;
}

export function writeSeen(seen: OrderPlace, { kept }: UpdatePlaces): Promise<void> {
  return writeFileAtomic(join(kept, seenName), JSON.stringify(seen));
}

async function readReceived(name: string, maxBytes: number, places: UpdatePlaces): Promise<string | null> {
  try {
    const file = await openReceived(name, places);
    try {
      const bytes = Buffer.alloc(maxBytes + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return bytes.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** Opens a file of the judge's. Follows no link, neither for the file nor for its folder, and waits for no writer of a pipe: both are not ours. */
async function openReceived(name: string, { inbox }: Pick<UpdatePlaces, "inbox">): Promise<FileHandle> {
  const folder = await open(inbox, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const path = `/proc/self/fd/${folder.fd}/${name}`;
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new SensorError("update-odd", `${name} is no ordinary file`);
  } finally {
    await folder.close();
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

/** What was made of a bundle, or in a sentence why nothing was: it is not what was asked for. */
export type BundleUse<Outcome> = { readonly fault: string } | { readonly fault: null; readonly outcome: Outcome };

/**
 * Uses the bundle if it is as bytes the one that was asked for, by a path to the one file that was looked at, whatever takes its place
 * meanwhile.
 */
export async function withBundle<Outcome>(
  request: UpdateRequest,
  places: UpdatePlaces,
  use: (path: string) => Promise<Outcome>,
): Promise<BundleUse<Outcome>> {
  let file: FileHandle;
  try {
    file = await openReceived(updateFiles.bundle, places);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { fault: `The bundle cannot be read: ${code ?? message}.` };
  }
  try {
    const fault = await bytesFault(file, request);
    if (fault !== null) return { fault };
    // Of this process: those that look at it and install it are others.
    return { fault: null, outcome: await use(`/proc/${process.pid}/fd/${file.fd}`) };
  } finally {
    await file.close();
  }
}

async function bytesFault(file: FileHandle, request: UpdateRequest): Promise<string | null> {
  const { size } = await file.stat();
  if (size !== request.size) return `The bundle has ${size} bytes, and ${request.size} were announced.`;
  const hash = createHash("sha256");
  const chunks = file.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false });
  try {
    for await (const chunk of chunks) hash.update(chunk as Buffer);
  } catch (error) {
    return `The bundle cannot be read: ${(error as Error).message}.`;
  }
  return hash.digest("hex") === request.sha256 ? null : "The bundle is not the one that was announced.";
}
