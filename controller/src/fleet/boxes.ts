/** What is known of each box: who it is, whether it was heard, and what became of its token. */
import type { Hello, ReportedWipe, SiteProfile } from "@cordon/contract";
import type { EnrolmentTokenRow, Rows, RunningReleaseRow, SensorRow, WipeOrderRow } from "../store/schema.ts";

/** `open`: nobody has used it yet; `void`: a newer one took its place, or the box was withdrawn; `none`: its key was made here. */
export type TokenState = "open" | "used" | "expired" | "void" | "none";

export interface BoxFacts {
  readonly sensorId: string;
  readonly siteId: string;
  readonly siteName: string;
  /** As its profile says; of one that leaves it to the box, `auto`. Null of boxes made by an older release. */
  readonly placement: string | null;
  readonly state: "never-seen" | "online" | "offline" | "revoked" | "retired" | "wiped";
  /** Epoch milliseconds by this controller's clock; null where it was never heard. */
  readonly lastHeardAt: number | null;
  readonly enrolledAt: number;
  /** Of its newest certificate; null where it has none. */
  readonly certificateUntil: number | null;
  /** Of its program; null where it has said nothing. */
  readonly software: string | null;
  /** The release that it runs, for which kind of box that is, and from which of its two slots; null where it has not said. */
  readonly running: { readonly version: string; readonly slot: string; readonly compatible: string | null } | null;
  /** Of the newest one. */
  readonly token: {
    readonly state: TokenState;
    readonly expiresAt: number | null;
    readonly usedAt: number | null;
    readonly usedFrom: string | null;
  };
  /** Null where it was not ordered to forget its site. */
  readonly wipe: {
    readonly orderedAt: number;
    /** Null while it has not said that it has. */
    readonly wipedAt: number | null;
    /** What it could not destroy, and a person has to. */
    readonly left: string[];
  } | null;
}

/** All of them, by the names of their sites. @param now epoch milliseconds */
export async function readBoxes(rows: Rows, now: number): Promise<BoxFacts[]> {
  const sensors = await rows
    .selectFrom("sensors")
    .innerJoin("sites", "sites.id", "sensors.site_id")
    .selectAll("sensors")
    .select("sites.name as siteName")
    .orderBy("sites.name")
    .orderBy("sensors.id")
    .execute();
  const tokens = await rows.selectFrom("enrolment_tokens").selectAll().orderBy("created_at").execute();
  const newest = new Map(tokens.map((token) => [token.sensor_id, token]));
  const wipes = new Map(
    (await rows.selectFrom("wipe_orders").selectAll().execute()).map((order) => [order.sensor_id, order]),
  );
  const releases = new Map(
    (await rows.selectFrom("running_releases").selectAll().execute()).map((each) => [each.sensor_id, each]),
  );
  return sensors.map((row) =>
    factsOf(row, { token: newest.get(row.id), wipe: wipes.get(row.id), running: releases.get(row.id), now }),
  );
}

function factsOf(
  row: SensorRow & { readonly siteName: string },
  of: {
    readonly token: EnrolmentTokenRow | undefined;
    readonly wipe: WipeOrderRow | undefined;
    readonly running: RunningReleaseRow | undefined;
    readonly now: number;
  },
): BoxFacts {
  const { token, wipe, running, now } = of;
  const { siteName } = row;
  const profile = row.profile === null ? null : (JSON.parse(row.profile) as SiteProfile);
  const hello = row.hello === null ? null : (JSON.parse(row.hello) as Hello);
  const result = wipe?.result == null ? null : (JSON.parse(wipe.result) as ReportedWipe);
  const isWiped = wipe !== undefined && wipe.wiped_at !== null;
  const withdrawn = isWiped
    ? "wiped"
    : row.retired_at !== null
      ? "retired"
      : row.revoked_at !== null
        ? "revoked"
        : null;
  return {
    sensorId: row.id,
    siteId: row.site_id,
    siteName,
    placement: profile === null ? null : profile.isPlacementFound === true ? "auto" : profile.placement,
    state: withdrawn ?? row.state,
    lastHeardAt: row.last_heard_at,
    enrolledAt: row.enrolled_at,
    certificateUntil: row.certificate_until,
    software: hello?.software ?? null,
    running:
      running === undefined ? null : { version: running.version, slot: running.slot, compatible: running.compatible },
    token: {
      state: tokenState(token, now),
      expiresAt: token?.expires_at ?? null,
      usedAt: token?.used_at ?? null,
      usedFrom: token?.used_from ?? null,
    },
    wipe: wipe === undefined ? null : { orderedAt: wipe.ordered_at, wipedAt: wipe.wiped_at, left: result?.left ?? [] },
  };
}

function tokenState(token: EnrolmentTokenRow | undefined, now: number): TokenState {
  if (token === undefined) return "none";
  if (token.used_at !== null) return "used";
  if (token.voided_at !== null) return "void";
  return token.expires_at > now ? "open" : "expired";
}
