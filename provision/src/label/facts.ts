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
  /** What the line carries beside plain Ethernet; empty where nothing was said. */
  readonly carries: string;
  /** Of the management port; null where it asks by DHCP. */
  readonly managementAddress: string | null;
  readonly contacts: readonly Contact[];
  readonly controller: string;
  /** SHA-256 of the authority that the box trusts; null where the profile holds the whole certificate. */
  readonly fingerprint: string | null;
  /** SHA-256 of the certificate of the box's own pages; null where it has none. */
  readonly pages: string | null;
  /** What the code says: the site's page where people find the controller, else the facts of this box. */
  readonly code: { readonly text: string; readonly leadsTo: string };
}

/** What goes on the label of a box. @param plan of its site; null where there is only a profile */
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
  const fingerprint = controller.authorityFingerprint ?? null;
  const where = `${controller.host}, port ${controller.port} or ${controller.fallbackPort ?? usualFallbackPort}`;
  const { pppoe = false, vlan } = plan?.line ?? {};
  const url = plan?.controller.url?.replace(/\/+$/, "");
  return {
    siteName: site.name,
    boxId: sensor,
    pin,
    placement: isPlacementFound === true ? "auto" : placement,
    ports,
    carries: [...(pppoe ? ["PPPoE"] : []), ...(vlan === undefined ? [] : [`VLAN ${vlan}`])].join(", "),
    managementAddress: management?.address ?? null,
    contacts,
    controller: where,
    fingerprint,
    pages: profile.pages === undefined ? null : fingerprintOf(profile.pages),
    code:
      url === undefined
        ? {
            text: `Cordon box ${sensor}\ncontroller ${controller.host}:${controller.port}${fingerprint === null ? "" : `\nauthority ${fingerprint}`}`,
            leadsTo: "Says what this box is.",
          }
        : { text: `${url}/sites/${site.id}`, leadsTo: "Opens this site." },
  };
}
