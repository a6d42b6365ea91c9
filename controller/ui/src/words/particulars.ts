import type { HostView, SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";

/** What a telephone dials: "ext. 214" dials 214; null where there is nothing to dial. */
export function dialOf(phone: string): string | null {
  // The zero of "+49 (0)30 1234" is for callers within the country alone.
  const digits = phone.replace(/^(\s*\+[^(]*)\(0\)/, "$1").replaceAll(/[^\d+*#]/g, "");
  return /\d{2}/.test(digits) ? `tel:${digits}` : null;
}

/** Names of the areas that a machine is in. */
export function areasOf(site: Pick<SiteView, "areas">, { mac }: Pick<HostView, "mac">): readonly string[] {
  return site.areas.filter(({ hosts }) => mac !== null && hosts.includes(mac)).map(({ name }) => name);
}

/** "Maria Keller", else where it stands; empty where nobody wrote that down. */
export function whoseWords({ particulars }: Pick<HostView, "particulars">): string {
  const { owner = "", place = "" } = particulars ?? {};
  return owner === "" ? place : owner;
}

/** Where its photo is fetched; null where there is none. A new photo has a new address. */
export function photoPath(
  siteId: string,
  { host, particulars }: Pick<HostView, "host" | "particulars">,
): string | null {
  const at = particulars?.photoAt ?? null;
  return at === null ? null : `/api/v1${hostPath(siteId, host)}/photo?${at}`;
}
