import { createHash } from "node:crypto";
import type { AuditRow, Rows } from "../store/schema.ts";

/** What stands before the first line. */
export const firstHash = "";

/** The hash of a line, over all that it says and the hash of the line before: SHA-256, hex. */
export function hashOfLine(line: Omit<AuditRow, "hash">, before: string): string {
  const { number, id, at, author, action, site_id: siteId, subject, detail } = line;
  const text = JSON.stringify([before, number, id, at, author, action, siteId, subject, detail]);
  return createHash("sha256").update(text, "utf8").digest("hex");
}

export type ChainVerdict =
  | { readonly kind: "whole"; readonly lines: number; readonly hash: string }
  /** The first line that is not as it was written, or that is missing. */
  | { readonly kind: "broken"; readonly number: number; readonly text: string };

const linesAtOnce = 1000;

/**
 * Looks whether every line is as it was written, and none is missing between. Whoever can write the store can cut the end off, or
 * write all of it anew: that shows by a hash that was noted elsewhere earlier.
 *
 * @param expected a hash that has to be in the chain; null of none
 */
export async function verifyChain(rows: Rows, expected: string | null = null): Promise<ChainVerdict> {
  let [number, hash, isFound] = [0, firstHash, expected === null];
  for (;;) {
    const lines = await rows
      .selectFrom("audit_log")
      .selectAll()
      .where("number", ">", number)
      .orderBy("number")
      .limit(linesAtOnce)
      .execute();
    if (lines.length === 0) break;
    for (const line of lines) {
      if (line.number !== number + 1) return { kind: "broken", number: number + 1, text: "is missing" };
      if (line.hash !== hashOfLine(line, hash)) {
        return { kind: "broken", number: line.number, text: "is not as it was written" };
      }
      [number, hash] = [line.number, line.hash];
      isFound ||= hash === expected;
    }
  }
  if (!isFound) return { kind: "broken", number, text: "is the last, and the expected hash is of none" };
  return { kind: "whole", lines: number, hash };
}
