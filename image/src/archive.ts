import { readFile, writeFile } from "node:fs/promises";
import { runCommand } from "./command.ts";
import { sourceDateEpoch } from "./build-context.ts";

/** Packs a folder as the kernel unpacks it: cpio, compressed; names sorted and times fixed.. */
export async function packArchive(folder: string, file: string): Promise<void> {
  await runCommand("find", [folder, "-exec", "touch", "-h", "-d", `@${sourceDateEpoch}`, "{}", "+"]);
  const names = (await runCommand("find", [".", "-print0"], { cwd: folder })).split("\0").filter((name) => name !== "");
  await runCommand(
    "cpio",
    ["--null", "-o", "-H", "newc", "--reproducible", "--quiet", "-R", "0:0", "-F", `${file}.cpio`],
    { cwd: folder, input: names.toSorted().join("\0") },
  );
  await runCommand("zstd", ["-q", "-9", "-f", "--rm", `${file}.cpio`, "-o", file]);
  const content = await readFile(file);
  // The kernel finds an archive behind this one at a multiple of four only.
  const padded = Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
  if (padded.length !== content.length) await writeFile(file, padded);
}
