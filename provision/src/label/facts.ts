import { usualFallbackPort, type Contact, type Placement, type SiteProfile } from "@cordon/contract";
import { fingerprintOf } from "../box/pages.ts";
import type { SitePlan } from "../site/site-plan.ts";

/** What stands on a label. No password is among it. */
export interface LabelFacts {
  readonly siteName: string;
  /** As the controller names the box. */
  readonly boxId: string;
  /** Eight digits; null leaves room to write it down by hand. */
  readonly pin: string | null;
  readonly placement: Placement | "auto";
  /** MACs by the names of ports; empty: the box goes by their places. */
  readonly ports: ReadonlyMap<string, string>;
  /** What the line carries beside plain Ethernet. */
  readonly carries: readonly string[];
  /** Of the management port; null where it asks by DHCP. */
  readonly managementAddress: string | null;
  readonly contacts: readonly Contact[];
  readonly controller: { readonly host: string; readonly port: number; readonly fallbackPort: number };
  /** SHA-256 of the authority that the box trusts; null where the profile holds the whole certificate. */
  readonly fingerprint: string | null;
  /** SHA-256 of the certificate of the box's own pages; null where it has none. */
  readonly pages: string | null;
  /** The site's page where people find the controller, to which the code leads; null where that is not known, and it says what the box is. */
  readonly pageUrl: string | null;
}

/** What goes on the label of a box. @param plan of its site, which is believed before the profile; null where there is none at hand */
export function factsOf({
  profile,
  ports,
  plan,
  pin,
}: {
  readonly profile: SiteProfile;
  readonly ports: ReadonlyMap<string, string>;
  readonly plan: Pick<SitePlan, "line" | "controller"> | null;
  readonly pin: string | null;
}): LabelFacts {
  const { site, sensor, controller, placement, isPlacementFound, management, contacts = [] } = profile;
  const { pppoe = false, vlan } = (plan ?? profile).line ?? {};
  const url = (plan ?? profile).controller.url?.replace(/\/+$/, "");
  return {
    siteName: site.name,
    boxId: sensor,
    pin,
    placement: isPlacementFound === true ? "auto" : placement,
    ports,
    carries: [...(pppoe ? ["PPPoE"] : []), ...(vlan === undefined ? [] : [`VLAN ${vlan}`])],
    managementAddress: management?.address ?? null,
    contacts,
    controller: {
      host: controller.host,
      port: controller.port,
      fallbackPort: controller.fallbackPort ?? usualFallbackPort,
    },
    fingerprint: controller.authorityFingerprint ?? null,
    pages: profile.pages === undefined ? null : fingerprintOf(profile.pages),
    pageUrl: url === undefined ? null : `${url}/sites/${site.id}`,
  };
}
