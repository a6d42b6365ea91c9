import { Notice } from "@cordon/contract";
import { Value } from "typebox/value";

/** What one notice may take of the store: a machine with the fullest ledger that the contract allows has two thirds of it. */
export const maxNoticeBytes = 64 * 1024;

/** Beyond this a machine's snapshot is rare, and what all of a site take together is looked at. */
export const largeSnapshotBytes = 8 * 1024;

/**
 * The notice as it is kept: as it came, or without what this release does not know where it would be too large. Null
 * where it is too large even so.
 */
export function keptNotice(notice: Notice): Notice | null {
  if (bytesOf(notice) <= maxNoticeBytes) return notice;
  const known = Value.Clean(Notice, structuredClone(notice)) as Notice;
  return bytesOf(known) <= maxNoticeBytes ? known : null;
}

/** Translations stand in a table of their own, field by field. */
function bytesOf(notice: Notice): number {
  return Buffer.byteLength(JSON.stringify(notice.kind === "nat" ? { ...notice, translations: [] } : notice));
}
