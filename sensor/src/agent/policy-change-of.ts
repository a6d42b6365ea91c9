import type { DesiredDocument } from "@cordon/contract";
import type { PolicyChange } from "../evidence/policy-changes.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";

type Wish = Pick<DesiredDocument, "areas" | "barriers" | "areaCuts">;

/**
 * What a notice means for what machines do next; null where it changed nothing for anybody: what was refused, and a dry run.
 * That a barrier or an area's cut has ended is not told: whom it was for is known of what is wished only.
 */
export function policyChangeOf(entry: NoticeEntry, wish: Wish | null): PolicyChange | null {
  if (entry.kind !== "containment" || entry.change === "refused") return null;
  const { at, text, host, scope, change, containmentId } = entry;
  if (scope === undefined) return { at, hosts: [host], text };
  if (scope === "line") return { at, hosts: null, text };
  if (change !== "in-force") return null;
  const barrier = wish?.barriers?.find(({ id }) => id === containmentId);
  if (barrier !== undefined && barrier.mode === "dry") return null;
  const area = barrier?.area ?? wish?.areaCuts?.find(({ id }) => id === containmentId)?.area;
  if (area === undefined) return barrier === undefined ? null : { at, hosts: null, text };
  return { at, hosts: wish?.areas?.find(({ id }) => id === area)?.hosts ?? [], text };
}
