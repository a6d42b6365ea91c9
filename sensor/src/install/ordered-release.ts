import { isNewer, type SiteProfile, type UpdateOrder } from "@cordon/contract";
import { acceptDesired, signersFrom } from "../link/desired.ts";

/** Which of the controller's documents an order stands in. */
export interface OrderPlace {
  readonly epoch: number;
  readonly revision: number;
}

export type OrderedRelease =
  | { readonly ok: true; readonly order: UpdateOrder; readonly place: OrderPlace }
  /** Why it orders none, for a person. */
  | { readonly ok: false; readonly text: string };

/**
 * The release that the site's own controller orders of this box by a signed document. What a box that is its own centre signs orders
 * none, and neither does a document older than `seen`, the newest that such an order came in: it may have been taken back since.
 */
export function orderedRelease(signed: string, profile: SiteProfile | null, seen: OrderPlace | null): OrderedRelease {
  if (profile === null) return { ok: false, text: "the site profile cannot be read" };
  const { sensor, site, controller } = profile;
  const signers = signersFrom(controller.signers);
  const acceptance = acceptDesired(signed, { sensorId: sensor, siteId: site.id, signers, current: null, now: null });
  if (!acceptance.ok) return { ok: false, text: acceptance.text };
  const { update, epoch, revision } = acceptance.adopted.document;
  if (update === undefined) return { ok: false, text: "it orders no release" };
  const place = { epoch, revision };
  if (seen !== null && isNewer(seen, place)) return { ok: false, text: "it is older than one that was followed" };
  return { ok: true, order: update, place };
}
