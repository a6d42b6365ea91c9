import { X509Certificate } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { contractVersion, sensorIdPattern, type Placement, type SiteProfile } from "@cordon/contract";
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
  readonly bridge: string;
  readonly inside: string;
  readonly outside: string;
  /** CIDRs; empty means private and link-local ranges. */
  readonly localNets: readonly string[];
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

/** Whether a text is a network in CIDR notation. */
export function isCidr(text: string): boolean {
  const [address, prefix, ...rest] = text.split("/");
  if (address === undefined || prefix === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  const family = isIP(address);
  if (family === 0) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 6 ? "ipv6" : "ipv4");
    return true;
  } catch {
    // Node's own check of the prefix length: what it refuses is no network.
    return false;
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
  const badNet = wish.localNets.find((net) => !isCidr(net));
  if (badNet !== undefined) throw new ControllerError("bad-network", `${badNet} is no network in CIDR notation`);
  const siteId = `${slugOf(wish.siteName)}-${ambient.random(4).toString("hex")}`;
  const sensorId = wish.sensorId ?? siteId;
  if (!new RegExp(sensorIdPattern).test(sensorId)) {
    throw new ControllerError(
      "bad-sensor-id",
      `${sensorId} is no sensor identifier: use a-z, 0-9 and hyphens, 63 at most`,
    );
  }
  const credentials = await authority.sensor(sensorId);
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
  return {
    version: contractVersion,
    sensor: sensorId,
    site: { id: siteId, name: wish.siteName, localNets: [...wish.localNets] },
    placement: wish.placement,
    policy: "observe",
    ports: { bridge: wish.bridge, inside: wish.inside, outside: wish.outside },
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
}
