import { Readable } from "node:stream";
import { Type } from "typebox";
import { timeTextOf, type TimeText } from "../incident/time-text.ts";
import { timelineText } from "../incident/timeline-text.ts";
import type { TimelineRow } from "../store/schema.ts";
import {
  namesOfHosts,
  readTimeline,
  readTimelineRow,
  timelineKinds,
  type TimelineFilter,
  type TimelineKind,
  type TimelinePlace,
} from "../store/timeline-rows.ts";
import { countKinds, overviewOf, storyOf } from "../store/timeline-summary.ts";
import { peopleOf } from "../store/timeline-sums.ts";
import { CostlyAnswers } from "./costly-answers.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { sensorOf } from "./record-routes.ts";
import { exported } from "./timeline-export.ts";
import {
  ExportQuestion,
  TimelineFilterQuestion,
  TimelinePage,
  TimelineQuestion,
  TimelineSummary,
  type TimelineEntry,
} from "./timeline-view.ts";
import { Problem } from "./view.ts";

const defaultLimit = 200;
const overviewSteps = 240;
// What a file is made of at once, and the most that it holds: what a box may tell, and as much again of people.
const exportPage = 1_000;
const exportRows = 500_000;

const params = Type.Object({ siteId: Type.String() });

/** What happened at a site, in order. */
export function timelineRoutes(app: Api, { store, ambient, timeZone }: ApiParts): void {
  const summaries = new CostlyAnswers<TimelineSummary>(ambient.clock);
  const entriesOf = async (siteId: string, rows: readonly TimelineRow[]): Promise<TimelineEntry[]> => {
    const names = await namesOfHosts(
      store,
      siteId,
      rows.flatMap(({ host }) => host ?? []),
    );
    const time = timeTextOf(ambient.clock.now(), timeZone);
    return rows.map((row) => entryOf(row, names, time));
  };

  app.get(
    "/api/v1/sites/:siteId/timeline",
    {
      config: { needs: "look" },
      schema: {
        summary: "What happened at a site: evidence, verdicts, actions, policy, people, line and box; the newest first",
        params,
        querystring: TimelineQuestion,
        response: { 200: TimelinePage, 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { siteId } = request.params;
      await sensorOf(store, siteId);
      const { limit = defaultLimit, before, after, around, ...question } = request.query;
      const filter = filterOf(question);
      if ([before, after, around].filter((place) => place !== undefined).length > 1) {
        throw new ProblemError("bad-request", "a page lies before, after or around something, and not two of these");
      }
      if (around !== undefined) return pageAround(siteId, filter, around, limit);
      if (after !== undefined) {
        const found = await readTimeline(store, siteId, filter, { limit: limit + 1, after: placeOf(after) });
        // The one too many is the newest.
        const shown = found.slice(-limit);
        return { ...(await pageOf(siteId, shown, true, found.length > limit)), newer: ends(shown).newer ?? after };
      }
      const place = before === undefined ? {} : { before: placeOf(before) };
      const found = await readTimeline(store, siteId, filter, { limit: limit + 1, ...place });
      return pageOf(siteId, found.slice(0, limit), found.length > limit, before !== undefined);
    },
  );

  const pageOf = async (
    siteId: string,
    rows: readonly TimelineRow[],
    hasOlder: boolean,
    hasNewer: boolean,
  ): Promise<TimelinePage> => {
    const { older, newer } = ends(rows);
    return { entries: await entriesOf(siteId, rows), older: hasOlder ? older : null, newer, hasNewer };
  };

  const pageAround = async (siteId: string, filter: TimelineFilter, id: string, limit: number) => {
    const row = await readTimelineRow(store, siteId, id);
    if (row === undefined) throw new ProblemError("unknown-row", `the time line of ${siteId} has no row ${id}`);
    const half = Math.ceil(limit / 2);
    const newer = await readTimeline(store, siteId, filter, { limit: half + 1, after: row });
    const older = await readTimeline(store, siteId, filter, { limit: half + 1, before: row });
    // The row itself is there whatever the filter says: it is what was asked for.
    const shown = [...newer.slice(-half), row, ...older.slice(0, half)];
    return pageOf(siteId, shown, older.length > half, newer.length > half);
  };

  const summaryOf = async (siteId: string, filter: TimelineFilter): Promise<TimelineSummary> => {
    const now = ambient.clock.now();
    const story = await storyOf(store, siteId, filter);
    const names = await namesOfHosts(store, siteId, story === null ? [] : [story.host]);
    const overview = await overviewOf(store, siteId, filter, { steps: overviewSteps, now });
    return {
      counts: await countKinds(store, siteId, filter),
      people: await peopleOf(store, siteId),
      story: story === null ? null : { ...story, name: names.get(story.host) ?? story.host },
      overview: {
        ...overview,
        marks: overview.marks.map(({ step, kind, what, count }) => ({
          ...{ step, kind: kind as TimelineKind, count },
          state: what === "" ? null : what.slice(what.indexOf("-") + 1),
        })),
      },
    };
  };

  app.get(
    "/api/v1/sites/:siteId/timeline/summary",
    {
      config: { needs: "look" },
      schema: {
        summary: "The time line of a site at a glance: how much of what, who, and when",
        params,
        querystring: TimelineFilterQuestion,
        response: { 200: TimelineSummary, 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { siteId } = request.params;
      await sensorOf(store, siteId);
      const filter = filterOf(request.query);
      // A word is looked for in every row: it need not be for everybody who looks.
      return summaries.of(JSON.stringify([siteId, filter]), () => summaryOf(siteId, filter));
    },
  );

  app.get(
    "/api/v1/sites/:siteId/timeline/export",
    {
      config: { needs: "look", answers: ["text/csv", "application/json"] },
      schema: {
        summary: "The time line of a site as a file, CSV or JSON",
        params,
        querystring: ExportQuestion,
        response: { 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { siteId } = request.params;
      await sensorOf(store, siteId);
      const { format, ...question } = request.query;
      const filter = filterOf(question);
      async function* pages(): AsyncGenerator<readonly TimelineEntry[], boolean> {
        let before: TimelinePlace | undefined;
        for (let count = 0; count < exportRows; count += exportPage) {
          const place = before === undefined ? {} : { before };
          const rows = await readTimeline(store, siteId, filter, { limit: exportPage, ...place });
          yield await entriesOf(siteId, rows);
          before = rows.at(-1);
          if (rows.length < exportPage) return true;
        }
        return false;
      }
      const day = new Date(ambient.clock.now()).toISOString().slice(0, 10);
      const name = `cordon-${siteId.replaceAll(/[^a-z0-9-]/gi, "_")}-${day}.${format}`;
      return reply
        .headers({
          "content-type":
            format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json; charset=utf-8",
          "content-disposition": `attachment; filename="${name}"`,
          "cache-control": "no-store",
        })
        .send(Readable.from(exported(format, pages())) as never);
    },
  );
}

function filterOf({ kind, ...question }: TimelineFilterQuestion): TimelineFilter {
  if (kind === undefined) return question;
  const kinds = kind.split(",");
  const unknown = kinds.find((each) => !(timelineKinds as readonly string[]).includes(each));
  if (unknown !== undefined) throw new ProblemError("bad-request", `there is no kind ${unknown}`);
  return { ...question, kinds: kinds as TimelineKind[] };
}

const cursorOf = ({ at, id }: TimelinePlace): string => `${at}_${id}`;

function ends(rows: readonly TimelineRow[]): { readonly older: string | null; readonly newer: string | null } {
  const [newest, oldest] = [rows[0], rows.at(-1)];
  return {
    older: oldest === undefined ? null : cursorOf(oldest),
    newer: newest === undefined ? null : cursorOf(newest),
  };
}

/** Throws `bad-request` where it is no end of a page. */
function placeOf(cursor: string): TimelinePlace {
  const dash = cursor.indexOf("_");
  const at = Number(cursor.slice(0, dash));
  if (dash < 1 || !Number.isFinite(at)) throw new ProblemError("bad-request", "this is no end of a page");
  return { at, id: cursor.slice(dash + 1) };
}

function entryOf(row: TimelineRow, names: ReadonlyMap<string, string>, time: TimeText): TimelineEntry {
  const { id, at, what, host, person } = row;
  const detail = JSON.parse(row.detail) as Record<string, unknown>;
  const name = host === null ? null : (names.get(host) ?? host);
  return {
    ...{ id, at, kind: row.kind as TimelineKind, what, host, name, person, detail },
    text: timelineText({ what, name, person, detail }, time),
  };
}
