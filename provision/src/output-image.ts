import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { ProvisionError } from "./errors.ts";
import type { Leftovers } from "./leftovers.ts";

/** Where an image goes: a file, or stdout. */
export type Output = { readonly kind: "file"; readonly path: string } | { readonly kind: "stdout" };

/** Says no where an image would take the place of something else. Throws `output-refused`. */
export async function checkOutput(output: Output, { isForced }: { readonly isForced: boolean }): Promise<void> {
  if (output.kind === "stdout") {
    if (process.stdout.isTTY) throw new ProvisionError("output-refused", "an image is nothing for a terminal");
    return;
  }
  const status = await lstat(output.path).catch(() => null);
  if (status === null) return;
  if (!status.isFile()) {
    const hint = status.isBlockDevice() ? "; make a file and write that to it, for instance with dd" : "";
    throw new ProvisionError("output-refused", `${output.path} is no ordinary file${hint}`);
  }
  if (!isForced) {
    throw new ProvisionError(
      "output-refused",
      `${output.path} is there already; --force puts the new image in its place`,
    );
  }
}

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

/** Lets the finished image take its place. */
export async function commitImage(path: string, output: Output, leftovers: Leftovers): Promise<void> {
  if (output.kind === "stdout") {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), process.stdout, { end: false });
    return;
  }
  const file = await open(path, "r+");
  await file.sync();
  await file.close();
  await rename(path, output.path);
  leftovers.keep(path);
  const folder = await open(dirname(output.path), "r");
  await folder.sync();
  await folder.close();
}
