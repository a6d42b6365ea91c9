/** Takes what was wished for at a box while it was its own centre into the records, by the rule of `meeting.ts`. */
import {
  everyContainment,
  pinAuthor,
  type AreaCut,
  type Barrier,
  type DesiredDocument,
  type LineCut,
  type LocalMark,
  type Pardon,
  type Reported,
} from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { openContainments } from "../store/containment-rows.ts";
import { readDelegation, writeAnswered } from "../store/delegation-rows.ts";
import { readNamed, wasIssued } from "../store/issued-rows.ts";
import { readMet, writeMet } from "../store/met-rows.ts";
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
  const { sensorId, siteId, reported, ambient, now } = of;
  await refuseTooMany(rows, sensorId, reported, of.limits);
  const { base } = reported.local;
  // Records that know nothing of what the box went on from are older than that.
  const isOlder = !(await wasIssued(rows, sensorId, base));
  const met = await readMet(rows, sensorId);
  const told: Told = {
    // By the box's clock it may have been wished for before all that came earlier.
    isNew: ({ author }, name) => isOlder || (author === pinAuthor && !met.has(name)),
    endedAtBox: new Set(reported.local.ended),
    base: isOlder ? null : await readNamed(rows, sensorId, base),
  };
  const meetings = [await meetContainments(rows, of, told), ...(await meetSiteWishes(rows, of, told))];
  const pardoned = await takePardons(rows, of, told);
  await writeMet(rows, sensorId, ownWishes(reported), now);
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
  await keepExpired(rows, siteId, now);
  const [taken, ended] = [meetings.flatMap((each) => each.taken), meetings.flatMap((each) => each.ended)];
  const twoWords = meetings.flatMap((each) => each.twoWords.map(({ about }) => about));
  // Who did what there says the box's own log; here stands what it has changed.
  if (taken.length + ended.length + twoWords.length + pardoned.length === 0) return;
  const isWithheld = (await readDelegation(rows, sensorId))?.withheld_at != null;
  const lists = { taken, ended, twoWords, pardoned };
  await writeAudit(rows, ambient, {
    ...{ author: sensorId, action: "handed-back", siteId, subject: sensorId },
    detail: JSON.stringify({
      ...{ revision: `${reported.epoch}.${reported.revision}`, base: `${base.epoch}.${base.revision}` },
      ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice(0, namedInLine)])),
      ...{ takenCount: taken.length + pardoned.length, endedCount: ended.length, twoWordsCount: twoWords.length },
      // It could not know that it may not any more.
      ...(isWithheld ? { isWithheld } : {}),
    }),
  });
}

// The log keeps every line for good, and a box can have made up any number.
const namedInLine = 10;

interface Told {
  /** Whether a wish that the box holds, by its name in `met_wishes`, is one that these records are to take. */
  readonly isNew: (wish: { readonly author: string }, name: string) => boolean;
  readonly endedAtBox: ReadonlySet<string>;
  /** The document that the box went on from; null where these records are older, or have forgotten what it said. */
  readonly base: DesiredDocument | null;
}

/** A pardon has no id: it is known by its machine and when it was given. */
function nameOfPardon({ host, at }: Pardon): string {
  return `pardon ${host} ${at}`;
}

/** What a person at the box has wished for beyond single machines, whose wishes are known by their rows; by their names. */
function ownWishes({ barriers = [], areaCuts = [], lineCut, pardons = [] }: Reported): string[] {
  const isOwn = ({ author }: { readonly author: string }) => author === pinAuthor;
  const wishes = [...barriers, ...areaCuts, ...list(lineCut)].filter(isOwn).map(({ id }) => id);
  return [...new Set([...wishes, ...pardons.filter(isOwn).map(nameOfPardon)])];
}

// How many rows one statement carries: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const rowsPerStatement = 200;

async function meetContainments(rows: Rows, of: HandBack, told: Told): Promise<Meeting> {
  const { sensorId, siteId, reported, now } = of;
  const ending = new Set(reported.ending);
  const held = everyContainment(reported).filter(({ id }) => !ending.has(id));
  const open = await openContainments(rows, sensorId);
  const known = new Set(
    await knownIds(
      rows,
      sensorId,
      held.map(({ id }) => id),
    ),
  );
  const wishOf = ({ id, host }: Pick<ContainmentRow, "id" | "host">): Wish => ({ id, about: host, strength: 1 });
  const meeting = meet({
    base: (await containmentsOfBase(rows, of, told)).map(wishOf),
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

/** What was wished for when the line died: as the document said, or else as the rows tell by the times at which it was asked and ended. */
async function containmentsOfBase(
  rows: Rows,
  { sensorId, reported, now }: HandBack,
  { base }: Told,
): Promise<readonly Pick<ContainmentRow, "id" | "host">[]> {
  if (base !== null) return everyContainment(base).filter((each) => isOn(each, now));
  const { issuedAt } = reported.local.base;
  return rows
    .selectFrom("containments")
    .select(["id", "host"])
    .where("sensor_id", "=", sensorId)
    .where("asked_at", "<=", issuedAt)
    .where((each) =>
      each.or([
        each.and([each("released_at", "is", null), each("ended_at", "is", null)]),
        each("released_at", ">=", issuedAt),
      ]),
    )
    .execute();
}

/** Whether it has not ended by itself. */
function isOn({ expiresAt }: { readonly expiresAt: number | null }, now: number): boolean {
  return expiresAt === null || expiresAt > now;
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
  const { siteId, reported, now } = of;
  const { base } = told;
  const ours = await readSiteWishes(rows, siteId, now);
  const areas = new Set(ours.areas.map(({ id }) => id));
  const onNow = <W extends SiteWish>(wishes: readonly W[] | undefined) =>
    (wishes ?? []).filter((each) => isOn(each, now));
  const isPlaced = ({ area }: { readonly area: string | null }) => area === null || areas.has(area);
  const barriers = onNow(reported.barriers).filter(isPlaced);
  const cuts = onNow(reported.areaCuts).filter(isPlaced);
  const lines = onNow(list(reported.lineCut));
  const one = <W extends SiteWish>(
    lists: { readonly base: readonly W[]; readonly here: readonly W[]; readonly box: readonly W[] },
    wishOf: (wish: W) => Wish,
  ): Meeting => {
    const inBase = new Set(lists.base.map(({ id }) => id));
    const box = lists.box.filter((each) => inBase.has(each.id) || told.isNew(each, each.id));
    return meet({
      ...{ base: lists.base.map(wishOf), here: lists.here.map(wishOf), box: box.map(wishOf) },
      ...{ endedAtBox: told.endedAtBox, known: new Set<string>(), isSingle: true },
    });
  };
  const met = {
    barriers: one<Barrier>({ base: onNow(base?.barriers), here: ours.barriers, box: barriers }, (each) => ({
      ...{ id: each.id, about: JSON.stringify(["barrier", each.way, each.area]) },
      strength: each.mode === "enforce" ? 2 : 1,
    })),
    cuts: one<AreaCut>({ base: onNow(base?.areaCuts), here: ours.areaCuts, box: cuts }, ({ id, area, from }) => ({
      ...{ id, about: JSON.stringify(["area", area, from]), strength: 1 },
    })),
    lines: one<LineCut>({ base: onNow(list(base?.lineCut)), here: list(ours.lineCut), box: lines }, ({ id }) => ({
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

/** A pardon lets the policy let go: of two the one that ends sooner is the stricter. Gives the machines that were pardoned. */
async function takePardons(rows: Rows, { siteId, reported, now }: HandBack, told: Told): Promise<string[]> {
  const ours = await readPardons(rows, siteId, now);
  const added = (reported.pardons ?? []).filter((pardon) => {
    const { host, author, until } = pardon;
    const own = ours.find((each) => each.host === host);
    const isSooner = own === undefined || own.until === null || (until !== null && until < own.until);
    const isNew = author === pinAuthor && told.isNew(pardon, nameOfPardon(pardon));
    return isNew && until !== null && until > now && isSooner;
  });
  refuseTooManyPardons(ours, added);
  for (const pardon of added) await writePardon(rows, siteId, pardon);
  return added.map(({ host }) => host);
}

function list<T>(value: T | null | undefined): readonly T[] {
  return value == null ? [] : [value];
}
