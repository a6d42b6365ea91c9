import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../record/atomic-file.ts";
import type { LinePlacement } from "./placement-choice.ts";

/** The placement that the box has found for itself; null where it has found none, or cannot read it: then it looks again. */
export async function loadStanding(path: string): Promise<LinePlacement | null> {
  try {
    const { placement } = JSON.parse(await readFile(path, "utf8")) as { readonly placement?: unknown };
    return placement === "lan" || placement === "wan" ? placement : null;
  } catch {
    return null;
  }
}

/** Keeps it for the next life. */
export async function saveStanding(path: string, placement: LinePlacement): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ version: 1, placement })}\n`);
}
