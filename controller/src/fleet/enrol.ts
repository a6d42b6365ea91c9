import { X509Certificate } from "node:crypto";
import {
  contractVersion,
  hostFault,
  networkFault,
  parseSiteProfile,
  sensorIdPattern,
  siteNameFault,
  type GatewayProfile,
  type KeyedProfile,
  type Placement,
  type Policy,
  type SiteProfile,
} from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import { keyHashOf } from "../broker/peer.ts";
import type { Rows, Store } from "../store/schema.ts";
import { serverName, type Authority } from "./authority.ts";
import type { Signer } from "./signer.ts";
import { createToken } from "./tokens.ts";

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
  /** Where the box seeks the controller when that port cannot be reached; absent means the contract's default. */
  readonly fallbackPort?: number;
  /** Where people open this controller, for the code on the box's label. */
  readonly controllerUrl?: string;
  /** What the box may do by itself; absent means nothing. */
  readonly policy?: Policy;
  /** What else a person said that goes into the profile as it is. */
  readonly parts?: Partial<Pick<SiteProfile, "declared" | "duties" | "line" | "management" | "contacts">>;
  /** Written down with the new site, as wishes for it. */
  readonly wishes?: (rows: Rows, siteId: string, now: number) => Promise<void>;
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
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return slug === "" ? "site" : slug;
}

type BareProfile = Omit<SiteProfile, "credentials" | "enrolment">;

/** The parts of a profile that are no secret, and none of the controller's keys. */
function bareProfile(wish: EnrolmentWish, sensorId: string, siteId: string, signer: Signer): BareProfile {
  return {
    version: contractVersion,
    sensor: sensorId,
    site: { id: siteId, name: wish.siteName, localNets: [...wish.localNets] },
    placement: wish.placement,
    ...(wish.isPlacementFound === true ? { isPlacementFound: true } : {}),
    policy: wish.policy ?? "observe",
    ports: { bridge: wish.bridge, inside: wish.inside, outside: wish.outside },
    ...(wish.gateway === undefined ? {} : { gateway: wish.gateway }),
    declared: [],
    ...wish.parts,
    controller: {
      host: wish.controllerHost,
      port: wish.controllerPort,
      ...(wish.fallbackPort === undefined ? {} : { fallbackPort: wish.fallbackPort }),
      ...(wish.controllerUrl === undefined ? {} : { url: wish.controllerUrl }),
      serverName,
      signers: [...signer.accepted],
    },
  };
}

async function addSensor(
  rows: Rows,
  { ambient }: Pick<EnrolmentParts, "ambient">,
  { sensor: sensorId, site, policy }: BareProfile,
  more: {
    readonly author: string;
    readonly fingerprint: string;
    readonly keyHash: string | null;
    readonly until: number | null;
    readonly bare: BareProfile;
    readonly wishes: EnrolmentWish["wishes"];
  },
): Promise<void> {
  const now = ambient.clock.now();
  const taken = await rows.selectFrom("sensors").select("id").where("id", "=", sensorId).executeTakeFirst();
  if (taken !== undefined) throw new ControllerError("sensor-exists", `there is already a sensor ${sensorId}`);
  const local_nets = JSON.stringify(site.localNets);
  await rows
    .insertInto("sites")
    .values({ id: site.id, name: site.name, policy, local_nets, created_at: now })
    .execute();
  await rows
    .insertInto("sensors")
    .values({
      id: sensorId,
      site_id: site.id,
      certificate_fingerprint: more.fingerprint,
      key_hash: more.keyHash,
      certificate_until: more.until,
      enrolled_at: now,
      state: "never-seen",
      profile: JSON.stringify(more.bare),
    })
    .execute();
  await more.wishes?.(rows, site.id, now);
  await writeAudit(rows, ambient, {
    author: more.author,
    action: "sensor-enrolled",
    siteId: site.id,
    subject: sensorId,
    detail: site.name,
  });
}

function idsOf(wish: EnrolmentWish, ambient: Ambient): { readonly siteId: string; readonly sensorId: string } {
  checkWish(wish);
  const siteId = `${slugOf(wish.siteName)}-${ambient.random(4).toString("hex")}`;
  const sensorId = wish.sensorId ?? siteId;
  if (!new RegExp(sensorIdPattern).test(sensorId)) {
    throw new ControllerError(
      "bad-sensor-id",
      `${sensorId} is no sensor identifier: use a-z, 0-9 and hyphens, 63 at most`,
    );
  }
  return { siteId, sensorId };
}

/** Before anybody is enrolled: a sensor whose profile no sensor reads would stay in the books. */
function checkProfile(profile: SiteProfile): void {
  const parsed = parseSiteProfile(JSON.stringify(profile));
  if (!parsed.ok) throw new ControllerError("bad-profile", `such a sensor cannot be enrolled: ${parsed.error}`);
}

/**
 * Makes a site with its sensor and gives a profile that holds the sensor's key, which is there and nowhere else: for
 * a lab, and for images that cannot enrol by themselves.
 */
export async function enrolSensor(parts: EnrolmentParts, wish: EnrolmentWish): Promise<KeyedProfile> {
  const { store, authority, signer, ambient } = parts;
  const { siteId, sensorId } = idsOf(wish, ambient);
  const credentials = await authority.sensor(sensorId);
  const bare = bareProfile(wish, sensorId, siteId, signer);
  const controller = { ...bare.controller, authority: authority.certificate };
  const profile = { ...bare, controller, credentials };
  checkProfile(profile);
  const { fingerprint256: fingerprint, publicKey, validToDate } = new X509Certificate(credentials.certificate);
  const { author, wishes } = wish;
  const more = { author, wishes, fingerprint, keyHash: keyHashOf(publicKey), until: validToDate.getTime(), bare };
  await store.transaction().execute((rows) => addSensor(rows, parts, bare, more));
  return profile;
}

function withToken(
  bare: BareProfile,
  { authority, signer }: Pick<EnrolmentParts, "authority" | "signer">,
  enrolment: NonNullable<SiteProfile["enrolment"]>,
): SiteProfile {
  const { host, port, fallbackPort, url } = bare.controller;
  const controller = {
    host,
    port,
    ...(fallbackPort === undefined ? {} : { fallbackPort }),
    ...(url === undefined ? {} : { url }),
    authorityFingerprint: authority.fingerprint,
    serverName,
    signers: [...signer.accepted],
  };
  return { ...bare, controller, enrolment };
}

/** Makes a site with its sensor and gives a profile with a token, for which the box gets a certificate for its own key. */
export async function announceSensor(parts: EnrolmentParts, wish: EnrolmentWish): Promise<SiteProfile> {
  const { store, signer, ambient } = parts;
  const { siteId, sensorId } = idsOf(wish, ambient);
  const bare = bareProfile(wish, sensorId, siteId, signer);
  checkProfile(withToken(bare, parts, { token: "x".repeat(43), expiresAt: ambient.clock.now() }));
  const { author, wishes } = wish;
  const { token, expiresAt } = await store.transaction().execute(async (rows) => {
    await addSensor(rows, parts, bare, { author, wishes, fingerprint: "", keyHash: null, until: null, bare });
    return createToken(rows, ambient, { sensorId, author });
  });
  return withToken(bare, parts, { token, expiresAt });
}

/** The profile of a sensor that is known, with a new token; the tokens it had before count no longer. */
export async function reissueProfile(
  parts: EnrolmentParts,
  wish: { readonly sensorId: string; readonly author: string },
): Promise<SiteProfile> {
  const { store, ambient } = parts;
  return store.transaction().execute(async (rows) => {
    const { token, expiresAt } = await createToken(rows, ambient, wish);
    const row = await rows
      .selectFrom("sensors")
      .select("profile")
      .where("id", "=", wish.sensorId)
      .executeTakeFirstOrThrow();
    if (row.profile === null) {
      throw new ControllerError(
        "profile-unknown",
        `sensor ${wish.sensorId} was made by an older release, which kept no profile; create another one`,
      );
    }
    const bare = JSON.parse(row.profile) as BareProfile;
    const controller = { ...bare.controller, signers: [...parts.signer.accepted] };
    const profile = JSON.stringify({ ...bare, controller });
    await rows.updateTable("sensors").set({ profile }).where("id", "=", wish.sensorId).execute();
    return withToken(bare, parts, { token, expiresAt });
  });
}
