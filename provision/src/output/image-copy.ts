import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, rename, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { bootExtentOf, readBootFile } from "../../../image/src/boot-partition.ts";
import { ProvisionError } from "../errors.ts";
import type { Leftovers } from "../leftovers.ts";
import type { Output } from "./output.ts";

const stepBytes = 1 << 20;

/** A copy of an image that nobody else can read, beside the place it will take. */
export async function beginImage(source: string, output: Output, leftovers: Leftovers): Promise<string> {
  const suffix = `${randomBytes(6).toString("hex")}.part`;
  const path = output.kind === "file" ? `${output.path}.${suffix}` : join(tmpdir(), `cordon-box-${suffix}`);
  leftovers.add(path);
  try {
    // It will hold a key: for its owner only, before there is anything in it.
    await (await open(path, "wx", 0o600)).close();
    // Most of it is empty, and stays so in the copy.
    await promisify(execFile)("cp", ["--sparse=always", "--reflink=auto", "--", source, path]);
  } catch (cause) {
    const words = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
    throw new ProvisionError("output-unwritable", `cannot copy the image: ${words}`, { cause });
  }
  return path;
}

/**
 * Holds a copy against the image that it was made of, and against what was to be written on it. Throws `output-damaged`.
 *
 * @param files of the boot partition, by their names; null means that there is none
 */
export async function verifyImage(
  source: string,
  copy: string,
  files: Readonly<Record<string, string | null>>,
  progress: (doneBytes: number, allBytes: number) => void,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    if ((await readBootFile(copy, name)) !== text)
      throw damaged(`${name} on its boot partition is not what was written`);
  }
  const boot = await bootExtentOf(source);
  const [from, to] = [await open(source, "r"), await open(copy, "r")];
  try {
    const { size } = await from.stat();
    const buffers = [Buffer.alloc(stepBytes), Buffer.alloc(stepBytes)] as const;
    for (let at = 0; at < size; at += stepBytes) {
      const isBoot = at + stepBytes > boot.offsetBytes && at < boot.offsetBytes + boot.sizeBytes;
      if (!isBoot && !(await isSame([from, to], buffers, at))) throw damaged(`it differs from ${source} at byte ${at}`);
      progress(Math.min(at + stepBytes, size), size);
    }
  } finally {
    await from.close();
    await to.close();
  }
}

function damaged(why: string): ProvisionError {
  return new ProvisionError("output-damaged", `the copy of the image is damaged: ${why}; is the disk full, or sick?`);
}

async function isSame(
  files: readonly [FileHandle, FileHandle],
  [a, b]: readonly [Buffer, Buffer],
  at: number,
): Promise<boolean> {
  const [one, other] = await Promise.all([files[0].read(a, 0, a.length, at), files[1].read(b, 0, b.length, at)]);
  return one.bytesRead === other.bytesRead && a.subarray(0, one.bytesRead).equals(b.subarray(0, other.bytesRead));
}

/** Lets the finished image take its place. */
export async function putInPlace(copy: string, path: string, leftovers: Leftovers): Promise<void> {
  const file = await open(copy, "r+");
  await file.sync();
  await file.close();
  await rename(copy, path);
  leftovers.keep(copy);
  const folder = await open(dirname(path), "r");
  await folder.sync();
  await folder.close();
}
