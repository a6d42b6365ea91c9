import type { SiteProfile } from "@cordon/contract";
import { acceptDesired, signersFrom } from "../link/desired.ts";

/**
 * Why a signed document is no order of the site's own controller to this box to forget its site; null where it is one. What a box
 * that is its own centre signs is none: nobody at the box may order that.
 */
export function orderFault(signed: string, { sensor, site, controller }: SiteProfile): string | null {
  const signers = signersFrom(controller.signers);
  const acceptance = acceptDesired(signed, { sensorId: sensor, siteId: site.id, signers, current: null, now: null });
  if (!acceptance.ok) return acceptance.text;
  return acceptance.adopted.document.wipe === undefined ? "it orders nothing of the kind" : null;
}
