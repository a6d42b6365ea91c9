import { X509Certificate } from "node:crypto";
import {
  contractVersion,
  hostFault,
  networkFault,
  parseSiteProfile,
  sensorIdPattern,
  siteNameFault,
  type GatewayProfile,
  type Placement,
  type SiteProfile,
} from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import type { Store } from "../store/schema.ts";
import { serverName, type Authority } from "./authority.ts";
import type { Signer } from "./signer.ts";

export interface EnrolmentWish {
  readonly siteName: string;
  /** Drawn by chance from the site's name where absent. */
  readonly sensorId?: string;
  readonly placement: Placement;
  /** Whether the box goes over to another place in the line where it finds that it stands there. Default false. */
  readonly isPlacementFound?: boolean;
  readonly bridge: string;
  readonly inside: string;
  readonly outside: string;
  /** CIDRs; empty means private and link-local ranges. */
  readonly localNets: readonly string[];
  /** For placement `gateway`; absent means the contract's default. */
  readonly gateway?: GatewayProfile;
  readonly controllerHost: string;
  readonly controllerPort: number;
  /** Who enrols it, for the audit log. */
  readonly author: string;
}

export interface EnrolmentParts {
  readonly store: Store;
  readonly authority: Authority;
  readonly signer: Signer;
  readonly ambient: Ambient;
}

/** Refuses what nobody can mean, in words that name it; it is shown quoted, for it may hold anything. */
function checkWish({ siteName, controllerHost, localNets }: EnrolmentWish): void {
  const faults = [
    { code: "bad-site-name", what: "the site's name", text: siteName, fault: siteNameFault(siteName) },
    { code: "bad-host", what: "the controller's host", text: controllerHost, fault: hostFault(controllerHost) },
    ...localNets.map((net) => ({ code: "bad-network", what: "a local net", text: net, fault: networkFault(net) })),
  ];
  for (const { code, what, text, fault } of faults) {
    if (fault !== null) throw new ControllerError(code, `${JSON.stringify(text)} cannot be ${what}: ${fault}`);
  }
}

function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return slug === "" ? "site" : slug;
}

/**
 * Makes a site with its sensor and gives the profile that the sensor starts from. The sensor's key
 * is in that profile and nowhere else.
 */
export async function enrolSensor(parts: EnrolmentParts, wish: EnrolmentWish): Promise<SiteProfile> {
  const { store, authority, signer, ambient } = parts;
  checkWish(wish);
  const siteId = `${slugOf(wish.siteName)}-${ambient.random(4).toString("hex")}`;
  const sensorId = wish.sensorId ?? siteId;
  if (!new RegExp(sensorIdPattern).test(sensorId)) {
    throw new ControllerError(
      "bad-sensor-id",
      `${sensorId} is no sensor identifier: use a-z, 0-9 and hyphens, 63 at most`,
    );
  }
  const credentials = await authority.sensor(sensorId);
  const profile: SiteProfile = {
    version: contractVersion,
    sensor: sensorId,
    site: { id: siteId, name: wish.siteName, localNets: [...wish.localNets] },
    placement: wish.placement,
    ...(wish.isPlacementFound === true ? { isPlacementFound: true } : {}),
    policy: "observe",
    ports: { bridge: wish.bridge, inside: wish.inside, outside: wish.outside },
    ...(wish.gateway === undefined ? {} : { gateway: wish.gateway }),
    declared: [],
    controller: {
      host: wish.controllerHost,
      port: wish.controllerPort,
      authority: authority.certificate,
      serverName,
      signers: [signer.publicKey],
    },
    credentials,
  };
  // Before anybody is enrolled: a sensor whose profile no sensor reads would stay in the books.
  const parsed = parseSiteProfile(JSON.stringify(profile));
  if (!parsed.ok) throw new ControllerError("bad-profile", `such a sensor cannot be enrolled: ${parsed.error}`);
  const fingerprint = new X509Certificate(credentials.certificate).fingerprint256;
  const now = ambient.clock.now();
  await store.transaction().execute(async (rows) => {
    const taken = await rows.selectFrom("sensors").select("id").where("id", "=", sensorId).executeTakeFirst();
    if (taken !== undefined) throw new ControllerError("sensor-exists", `there is already a sensor ${sensorId}`);
    await rows
      .insertInto("sites")
      .values({
        id: siteId,
        name: wish.siteName,
        policy: "observe",
        local_nets: JSON.stringify(wish.localNets),
        created_at: now,
      })
      .execute();
    await rows
      .insertInto("sensors")
      .values({
        id: sensorId,
        site_id: siteId,
        certificate_fingerprint: fingerprint,
        enrolled_at: now,
        state: "never-seen",
      })
      .execute();
    await writeAudit(rows, ambient, {
      author: wish.author,
      action: "sensor-enrolled",
      siteId,
      subject: sensorId,
      detail: wish.siteName,
    });
  });
  return profile;
}
