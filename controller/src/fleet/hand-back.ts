/** Takes what was wished for at a box while it was its own centre into the records, by the rule of `meeting.ts`. */
import {
  everyContainment,
  pinAuthor,
  type AreaCut,
  type Barrier,
  type DesiredDocument,
  type LineCut,
  type LocalMark,
  type Reported,
} from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { openContainments } from "../store/containment-rows.ts";
import { readAnswered, readDelegation, writeAnswered } from "../store/delegation-rows.ts";
import { readIssued, wasIssued } from "../store/issued-rows.ts";
import { readPardons, writePardon } from "../store/pardon-rows.ts";
import type { ContainmentRow, Rows } from "../store/schema.ts";
import { deleteSiteWish, readSiteWishes, writeSiteWish } from "../store/site-wishes.ts";
import { keepTwoWords, writeTwoWords } from "../store/two-words-rows.ts";
import {
  keepEnded,
  keepExpired,
  refuseTooMany,
  refuseTooManyPardons,
  refuseTooManyWishes,
  reportedAuthor,
} from "./adoption-bounds.ts";
import type { Adoption } from "./adopt-report.ts";
import { isWanted } from "./desired.ts";
import { meet, type Meeting, type Wish } from "./meeting.ts";

export interface HandBack extends Adoption {
  readonly reported: Reported & { readonly issuedAt: number; readonly local: LocalMark };
  readonly ambient: Ambient;
}

type SiteWish = Barrier | AreaCut | LineCut;

/** Whether a box tells of a document of its own key. */
export function isHandBack(reported: Reported): reported is HandBack["reported"] {
  return reported.local !== undefined && reported.issuedAt !== undefined;
}

/** Brings the records to what both places have wished for. Throws `adoption-too-large`. */
export async function handBack(rows: Rows, of: HandBack): Promise<void> {
  const { sensorId, siteId, reported, ambient } = of;
  await refuseTooMany(rows, sensorId, reported, of.limits);
  const before = await readAnswered(rows, sensorId);
  const { base } = reported.local;
  // Records that know nothing of what the box went on from are older than that.
  const isOlder = !(await wasIssued(rows, sensorId, base));
  const told: Told = {
    isTaken: ({ author, startsAt }) =>
      isOlder || (author === pinAuthor && (before === null || startsAt > before.issuedAt)),
    endedAtBox: new Set(reported.local.ended),
    isOlder,
  };
  const meetings = [await meetContainments(rows, of, told), ...(await meetSiteWishes(rows, of, told))];
  await takePardons(rows, of, before?.issuedAt ?? 0);
  await writeAnswered(rows, sensorId, {
    epoch: reported.epoch,
    revision: reported.revision,
    issuedAt: reported.issuedAt,
  });
  for (const { twoWords } of meetings) {
    for (const words of twoWords) await writeTwoWords(rows, ambient, siteId, words);
  }
  await keepTwoWords(rows, siteId);
  await keepEnded(rows, sensorId, of.limits);
  await keepExpired(rows, siteId, of.now);
  const [taken, ended] = [meetings.flatMap((each) => each.taken), meetings.flatMap((each) => each.ended)];
  const isWithheld = (await readDelegation(rows, sensorId))?.withheld_at != null;
  await writeAudit(rows, ambient, {
    ...{ author: sensorId, action: "handed-back", siteId, subject: sensorId },
    detail: JSON.stringify({
      ...{ revision: `${reported.epoch}.${reported.revision}`, base: `${base.epoch}.${base.revision}`, taken, ended },
      twoWords: meetings.flatMap((each) => each.twoWords.map(({ about }) => about)),
      // It could not know that it may not any more.
      ...(isWithheld ? { isWithheld } : {}),
    }).slice(0, 4000),
  });
}

interface Told {
  /** Whether a wish that the box holds is one that these records are to take. */
  readonly isTaken: (wish: { readonly author: string; readonly startsAt: number }) => boolean;
  readonly endedAtBox: ReadonlySet<string>;
  readonly isOlder: boolean;
}

// How many rows one statement carries: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const rowsPerStatement = 200;

async function meetContainments(rows: Rows, of: HandBack, told: Told): Promise<Meeting> {
  const { sensorId, siteId, reported, now } = of;
  const ending = new Set(reported.ending);
  const held = everyContainment(reported).filter(({ id }) => !ending.has(id));
  const rowsOfSite = await rows
    .selectFrom("containments")
    .selectAll()
    .where("sensor_id", "=", sensorId)
    .where((each) => each.or([each("ended_at", "is", null), each("released_at", ">=", reported.local.base.issuedAt)]))
    .execute();
  const open = await openContainments(rows, sensorId);
  const known = new Set(
    await knownIds(
      rows,
      sensorId,
      held.map(({ id }) => id),
    ),
  );
  const wishOf = ({ id, host }: Pick<ContainmentRow, "id" | "host">): Wish => ({ id, about: host, strength: 1 });
  const { issuedAt } = reported.local.base;
  const meeting = meet({
    base: rowsOfSite
      .filter((row) => row.asked_at <= issuedAt && (row.released_at === null || row.released_at >= issuedAt))
      .map(wishOf),
    here: open.filter((row) => isWanted(row, now)).map(wishOf),
    box: held.map(wishOf),
    ...{ endedAtBox: told.endedAtBox, known, isSingle: false },
  });
  const taken = new Set(meeting.taken);
  const values = held
    .filter(({ id }) => taken.has(id))
    .map((each) => ({
      ...{ id: each.id, site_id: siteId, sensor_id: sensorId, kind: each.kind, vector: each.vector, host: each.host },
      ...{ reason: each.reason, asked_at: each.startsAt, expires_at: each.expiresAt },
      author: each.author === pinAuthor ? pinAuthor : reportedAuthor,
    }));
  for (let from = 0; from < values.length; from += rowsPerStatement) {
    await rows
      .insertInto("containments")
      .values(values.slice(from, from + rowsPerStatement))
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  }
  for (const id of meeting.ended) {
    const release_reason = "Released at the box; its log says why.";
    await rows
      .updateTable("containments")
      .set({ released_at: now, release_author: pinAuthor, release_reason })
      .where("id", "=", id)
      .execute();
  }
  return meeting;
}

async function knownIds(rows: Rows, sensorId: string, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < ids.length; from += rowsPerStatement) {
    const some = await rows
      .selectFrom("containments")
      .select("id")
      .where("sensor_id", "=", sensorId)
      .where("id", "in", ids.slice(from, from + rowsPerStatement))
      .execute();
    found.push(...some.map(({ id }) => id));
  }
  return found;
}

async function meetSiteWishes(rows: Rows, of: HandBack, told: Told): Promise<Meeting[]> {
  const { sensorId, siteId, reported, now } = of;
  const ours = await readSiteWishes(rows, siteId, now);
  const base = told.isOlder ? null : await baseOf(rows, sensorId, reported.local);
  const areas = new Set(ours.areas.map(({ id }) => id));
  const isOn = ({ expiresAt }: SiteWish) => expiresAt === null || expiresAt > now;
  const isPlaced = ({ area }: { readonly area: string | null }) => area === null || areas.has(area);
  const barriers = (reported.barriers ?? []).filter((each) => isOn(each) && isPlaced(each));
  const cuts = (reported.areaCuts ?? []).filter((each) => isOn(each) && isPlaced(each));
  const lines = [reported.lineCut].filter((each) => each !== undefined && each !== null).filter(isOn);
  const one = <W extends SiteWish>(
    lists: { readonly base: readonly W[]; readonly here: readonly W[]; readonly box: readonly W[] },
    wishOf: (wish: W) => Wish,
  ): Meeting => {
    const inBase = new Set(lists.base.map(({ id }) => id));
    const box = lists.box.filter((each) => inBase.has(each.id) || told.isTaken(each));
    return meet({
      ...{ base: lists.base.map(wishOf), here: lists.here.map(wishOf), box: box.map(wishOf) },
      ...{ endedAtBox: told.endedAtBox, known: new Set<string>(), isSingle: true },
    });
  };
  const met = {
    barriers: one<Barrier>({ base: base?.barriers ?? [], here: ours.barriers, box: barriers }, (each) => ({
      ...{ id: each.id, about: JSON.stringify(["barrier", each.way, each.area]) },
      strength: each.mode === "enforce" ? 2 : 1,
    })),
    cuts: one<AreaCut>({ base: base?.areaCuts ?? [], here: ours.areaCuts, box: cuts }, ({ id, area, from }) => ({
      ...{ id, about: JSON.stringify(["area", area, from]), strength: 1 },
    })),
    lines: one<LineCut>({ base: list(base?.lineCut), here: list(ours.lineCut), box: lines }, ({ id }) => ({
      id,
      about: JSON.stringify(["line"]),
      strength: 1,
    })),
  };
  refuseTooManyWishes(ours, {
    ...{ areas: 0, duties: 0 },
    barriers: met.barriers.taken.length - met.barriers.replaced.length,
    areaCuts: met.cuts.taken.length,
  });
  for (const { ended, replaced } of Object.values(met)) {
    for (const id of [...ended, ...replaced]) await deleteSiteWish(rows, siteId, id);
  }
  const by = (author: string) => (author === pinAuthor ? pinAuthor : reportedAuthor);
  for (const { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions } of barriers) {
    if (!met.barriers.taken.includes(id)) continue;
    const body: Barrier = { id, reason, author: by(author), startsAt, expiresAt, way, mode, area, exceptions };
    await writeSiteWish(rows, siteId, { kind: "barrier", body });
  }
  for (const { id, reason, author, startsAt, expiresAt, area, from } of cuts) {
    if (!met.cuts.taken.includes(id)) continue;
    const body: AreaCut = { id, reason, author: by(author), startsAt, expiresAt, area, from };
    await writeSiteWish(rows, siteId, { kind: "area-cut", body });
  }
  for (const { id, reason, author, startsAt, expiresAt } of lines) {
    if (!met.lines.taken.includes(id)) continue;
    const body: LineCut = { id, reason, author: by(author), startsAt, expiresAt };
    await writeSiteWish(rows, siteId, { kind: "line-cut", body });
  }
  return Object.values(met);
}

/** The document that the box went on from, as far as it is still known what that said. */
async function baseOf(rows: Rows, sensorId: string, { base }: LocalMark): Promise<DesiredDocument | null> {
  const found = await readIssued(rows, sensorId, base.issuedAt);
  return found?.revision === base.revision && found.epoch === base.epoch ? found : null;
}

/** A pardon lets the policy let go: of two the one that ends sooner is the stricter. */
async function takePardons(rows: Rows, { siteId, reported, now }: HandBack, since: number): Promise<void> {
  const ours = await readPardons(rows, siteId, now);
  const added = (reported.pardons ?? []).filter(({ host, author, at, until }) => {
    const own = ours.find((each) => each.host === host);
    const isSooner = own === undefined || own.until === null || (until !== null && until < own.until);
    return author === pinAuthor && at > since && until !== null && until > now && isSooner;
  });
  refuseTooManyPardons(ours, added);
  for (const pardon of added) await writePardon(rows, siteId, pardon);
}

function list<T>(value: T | null | undefined): readonly T[] {
  return value == null ? [] : [value];
}
