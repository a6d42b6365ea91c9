import type {
  Area,
  AreaCut,
  Barrier,
  DeclaredDuty,
  DesiredDocument,
  LineCut,
  PortalWish,
  RecordingWish,
  RemediesWish,
} from "@cordon/contract";
import type { Rows, SiteWishRow } from "./schema.ts";

/** What is wished for a site beside containments and pardons, as the document carries it. */
export interface SiteWishes {
  readonly areas: readonly Area[];
  readonly barriers: readonly Barrier[];
  readonly areaCuts: readonly AreaCut[];
  readonly lineCut: LineCut | null;
  /** Null where nobody has said, which means the contract's default. */
  readonly remedies: RemediesWish | null;
  readonly portal: PortalWish | null;
  /** Whom a barrier of `dns` leaves open. */
  readonly resolvers: readonly string[];
  /** What persons say that machines are for; one word for each. */
  readonly duties: readonly DeclaredDuty[];
  /** Whole packets; null where none are to be recorded. */
  readonly recording: RecordingWish | null;
}

export const noSiteWishes: SiteWishes = {
  areas: [],
  barriers: [],
  areaCuts: [],
  lineCut: null,
  remedies: null,
  portal: null,
  resolvers: [],
  duties: [],
  recording: null,
};

/** The fields of a document that carry them; a sensor reads what is absent as not wished for. */
export function wishFields(wishes: SiteWishes): Partial<DesiredDocument> {
  const { areas, barriers, areaCuts, lineCut, remedies, portal, resolvers, duties, recording } = wishes;
  return {
    ...(remedies === null ? {} : { remedies }),
    ...(portal === null ? {} : { portal }),
    ...(areas.length > 0 ? { areas: [...areas] } : {}),
    ...(barriers.length > 0 ? { barriers: [...barriers] } : {}),
    ...(areaCuts.length > 0 ? { areaCuts: [...areaCuts] } : {}),
    ...(lineCut === null ? {} : { lineCut }),
    ...(resolvers.length > 0 ? { resolvers: [...resolvers] } : {}),
    ...(duties.length > 0 ? { duties: [...duties] } : {}),
    ...(recording === null ? {} : { recording }),
  };
}

/** What a sensor still parses; see the contract's limits. */
export const siteWishLimits = { areas: 64, barriers: 256, areaCuts: 64, duties: 256 } as const;

/** What is wished for now: what has ended by itself is left out. */
export async function readSiteWishes(rows: Rows, siteId: string, now: number): Promise<SiteWishes> {
  const areas = await rows
    .selectFrom("areas")
    .select(["id", "name", "hosts"])
    .where("site_id", "=", siteId)
    .orderBy("name")
    .orderBy("id")
    .execute();
  const found = await rows
    .selectFrom("site_wishes")
    .select(["kind", "body"])
    .where("site_id", "=", siteId)
    .where((build) => build.or([build("expires_at", "is", null), build("expires_at", ">", now)]))
    .orderBy("id")
    .execute();
  const settings = await rows.selectFrom("site_settings").selectAll().where("site_id", "=", siteId).executeTakeFirst();
  const of = <T>(kind: SiteWishRow["kind"]): T[] =>
    found.filter((row) => row.kind === kind).map(({ body }) => JSON.parse(body) as T);
  const setting = <T>(body: string | null | undefined): T | null => (body == null ? null : (JSON.parse(body) as T));
  return {
    areas: areas.map(({ id, name, hosts }) => ({ id, name, hosts: JSON.parse(hosts) as string[] })),
    barriers: of<Barrier>("barrier"),
    areaCuts: of<AreaCut>("area-cut"),
    lineCut: of<LineCut>("line-cut").at(-1) ?? null,
    remedies: setting<RemediesWish>(settings?.remedies),
    portal: setting<PortalWish>(settings?.portal),
    resolvers: setting<string[]>(settings?.resolvers) ?? [],
    duties: of<DeclaredDuty>("duty"),
    recording: of<RecordingWish>("recording").at(-1) ?? null,
  };
}

type SiteWish =
  | { readonly kind: "barrier"; readonly body: Barrier }
  | { readonly kind: "area-cut"; readonly body: AreaCut }
  | { readonly kind: "line-cut"; readonly body: LineCut };

/** Adds a wish, or takes the place of the one with its id. */
export async function writeSiteWish(rows: Rows, siteId: string, { kind, body }: SiteWish): Promise<void> {
  const { id, expiresAt } = body;
  await write(rows, siteId, id, { kind, body, expiresAt });
}

/** Says what a machine is for, in place of what was said before. */
export async function writeDuty(rows: Rows, siteId: string, body: DeclaredDuty): Promise<void> {
  await write(rows, siteId, dutyId(body.host), { kind: "duty", body, expiresAt: null });
}

export async function deleteDuty(rows: Rows, siteId: string, host: string): Promise<void> {
  await deleteSiteWish(rows, siteId, dutyId(host));
}

/** So long after its end a box still gives out what was recorded; with the wish that goes too. */
const recordedKeptMs = 24 * 3_600_000;
const recordingId = "recording";

/** Has packets recorded, in place of what was wished before. */
export async function writeRecording(rows: Rows, siteId: string, body: RecordingWish): Promise<void> {
  const until = Math.max(...body.authorisations.map((each) => each.until));
  await write(rows, siteId, recordingId, { kind: "recording", body, expiresAt: until + recordedKeptMs });
}

/** What is to be recorded, of all sites by name. */
export async function readRecordings(
  rows: Rows,
  now: number,
): Promise<readonly { readonly siteId: string; readonly siteName: string; readonly wish: RecordingWish }[]> {
  const found = await rows
    .selectFrom("site_wishes")
    .innerJoin("sites", "sites.id", "site_wishes.site_id")
    .select(["site_wishes.site_id", "sites.name", "site_wishes.body"])
    .where("site_wishes.kind", "=", "recording")
    .where((build) => build.or([build("expires_at", "is", null), build("expires_at", ">", now)]))
    .orderBy("sites.name")
    .orderBy("sites.id")
    .execute();
  return found.map(({ site_id: siteId, name: siteName, body }) => {
    return { siteId, siteName, wish: JSON.parse(body) as RecordingWish };
  });
}

export async function deleteRecording(rows: Rows, siteId: string): Promise<void> {
  await deleteSiteWish(rows, siteId, recordingId);
}

/** No id that is given out begins so. */
function dutyId(host: string): string {
  return `duty-${host}`;
}

async function write(
  rows: Rows,
  siteId: string,
  id: string,
  {
    kind,
    body,
    expiresAt,
  }: { readonly kind: SiteWishRow["kind"]; readonly body: object; readonly expiresAt: number | null },
): Promise<void> {
  const row = { kind, body: JSON.stringify(body), expires_at: expiresAt === null ? null : Math.floor(expiresAt) };
  await rows
    .insertInto("site_wishes")
    .values({ id, site_id: siteId, ...row })
    .onConflict((conflict) => conflict.columns(["site_id", "id"]).doUpdateSet(row))
    .execute();
}

export async function deleteSiteWish(rows: Rows, siteId: string, id: string): Promise<void> {
  await rows.deleteFrom("site_wishes").where("site_id", "=", siteId).where("id", "=", id).execute();
}

/** Adds an area, or changes the one with its id. */
export async function writeArea(rows: Rows, siteId: string, { id, name, hosts }: Area): Promise<void> {
  const row = { name, hosts: JSON.stringify(hosts) };
  await rows
    .insertInto("areas")
    .values({ id, site_id: siteId, ...row })
    .onConflict((conflict) => conflict.columns(["site_id", "id"]).doUpdateSet(row))
    .execute();
}

export async function deleteArea(rows: Rows, siteId: string, id: string): Promise<void> {
  await rows.deleteFrom("areas").where("site_id", "=", siteId).where("id", "=", id).execute();
}

/** Sets what is given and leaves the rest. */
export async function writeSiteSettings(
  rows: Rows,
  siteId: string,
  settings: {
    readonly remedies?: RemediesWish;
    readonly portal?: PortalWish;
    readonly resolvers?: readonly string[];
  },
): Promise<void> {
  const text = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
  const row = {
    remedies: text(settings.remedies),
    portal: text(settings.portal),
    resolvers: text(settings.resolvers),
  };
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  await rows
    .insertInto("site_settings")
    .values({ site_id: siteId, ...row })
    .onConflict((conflict) => conflict.column("site_id").doUpdateSet({ site_id: siteId, ...given }))
    .execute();
}
