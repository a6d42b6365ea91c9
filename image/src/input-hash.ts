import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";

/** All files below a path, sorted; the path itself where it is a file. */
async function filesOf(path: string): Promise<string[]> {
  if (!(await lstat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** A hash over texts and over the names, modes and contents of files: equal inputs, equal hash, on any machine. */
export async function hashInputs(root: string, texts: readonly string[], paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`text ${text.length}\n${text}\n`);
  for (const path of paths) {
    for (const file of await filesOf(join(root, path))) {
      if (file.endsWith(".test.ts")) continue;
      const status = await lstat(file);
      const content = status.isSymbolicLink() ? await readlink(file) : await readFile(file);
      const isProgram = (status.mode & 0o100) !== 0;
      hash.update(`file ${relative(root, file)} ${isProgram} ${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

/** The SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
