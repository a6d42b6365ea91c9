import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "./build-context.ts";

/** What the kernel of every board is told. */
export const everyKernel: readonly string[] = [
  ...["quiet", "loglevel=4", "net.ifnames=0", "panic=10"],
  // For large pages it keeps a tenth of a gigabyte free that nobody may have (Linux, mm/khugepaged.c, set_recommended_min_free_kbytes).
  "transparent_hugepage=never",
];

/** What the kernel is told, with the one root that it may go on to. */
export async function commandLineOf(
  { commandLine }: { readonly commandLine: readonly string[] },
  context: BuildContext,
): Promise<string> {
  const hash = (await readFile(join(context.folderOf("root"), "root-hash"), "utf8")).trim();
  return [...commandLine, "cordon.slot=a", `cordon.root-hash=${hash}`].join(" ");
}
