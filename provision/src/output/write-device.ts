import { execFile } from "node:child_process";
import { constants, open, type FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { ProvisionError } from "../errors.ts";

const stepBytes = 1 << 20;
/** Where the tables of partitions lie, at both ends of a disk. */
const tableBytes = 1 << 20;

export interface Steps {
  readonly writing: (doneBytes: number, allBytes: number) => void;
  readonly verifying: (doneBytes: number, allBytes: number) => void;
}

/**
 * Writes an image to a whole disk or card, and reads it back. Where that fails, nothing is left that a box could start from.
 * Throws `device-unwritable`, `device-damaged`.
 */
export async function writeDevice(image: string, device: string, steps: Steps): Promise<void> {
  const source = await open(image, "r");
  try {
    const { size } = await source.stat();
    // Exclusive: nobody mounts it meanwhile (open(2)).
    const target = await opened(device, constants.O_RDWR | constants.O_EXCL);
    try {
      await copy(source, target, size, steps.writing);
      await target.sync();
    } catch (cause) {
      await forget(target, size);
      throw new ProvisionError("device-unwritable", `cannot write to ${device}: ${(cause as Error).message}`, {
        cause,
      });
    } finally {
      await target.close();
    }
    await readBack(source, device, size, steps.verifying);
  } finally {
    await source.close();
  }
}

async function opened(device: string, flags: number): Promise<FileHandle> {
  try {
    return await open(device, flags);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const words = code === "EBUSY" ? "it is in use" : code === "EACCES" ? "that takes root; say sudo" : message;
    throw new ProvisionError("device-unwritable", `cannot open ${device}: ${words}`, { cause });
  }
}

async function copy(source: FileHandle, target: FileHandle, size: number, progress: Steps["writing"]): Promise<void> {
  const buffer = Buffer.alloc(stepBytes);
  for (let at = 0; at < size;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    await target.write(buffer, 0, bytesRead, at);
    // What waits in memory would be written at the end, with nothing to be seen meanwhile.
    if (at % (32 * stepBytes) === 0) await target.datasync();
    at += bytesRead;
    progress(at, size);
  }
}

async function readBack(source: FileHandle, device: string, size: number, progress: Steps["verifying"]): Promise<void> {
  // Else what is read comes out of memory, and says nothing of the card.
  await promisify(execFile)("blockdev", ["--flushbufs", device]);
  const target = await opened(device, constants.O_RDWR | constants.O_EXCL);
  try {
    const [a, b] = [Buffer.alloc(stepBytes), Buffer.alloc(stepBytes)];
    for (let at = 0; at < size; at += stepBytes) {
      const { bytesRead } = await source.read(a, 0, a.length, at);
      const back = await target.read(b, 0, bytesRead, at).catch(() => ({ bytesRead: -1 }));
      if (back.bytesRead !== bytesRead || !a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead))) {
        await forget(target, size);
        throw new ProvisionError(
          "device-damaged",
          `${device} gives back something else than was written, at byte ${at}: take another card; this one was emptied again`,
        );
      }
      progress(Math.min(at + stepBytes, size), size);
    }
  } finally {
    await target.close();
  }
}

/** No half of a box: without its tables nothing finds a partition, and the boot partition, which holds the token, goes too. */
async function forget(target: FileHandle, size: number): Promise<void> {
  const nothing = Buffer.alloc(tableBytes);
  const ends = [0, Math.max(0, size - tableBytes)];
  const boot = Array.from({ length: 192 }, (_, index) => (index + 1) * tableBytes).filter(
    (at) => at < size - tableBytes,
  );
  for (const at of [...ends, ...boot]) {
    try {
      await target.write(nothing, 0, nothing.length, at);
    } catch {
      // A card that takes nothing any more: the message says that it is not to be used.
    }
  }
  await target.sync().catch(() => undefined);
}
