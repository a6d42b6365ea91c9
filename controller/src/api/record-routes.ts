import type { Notice } from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { readChanges, type PageEnd } from "../store/change-rows.ts";
import { translationsLost, whoWasBehind } from "../store/nat-rows.ts";
import type { NatRow, Rows } from "../store/schema.ts";
import { namesOfHosts } from "../store/timeline-rows.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import {
  ChangesPage,
  ChangesQuestion,
  defaultLimit,
  NatLogAnswer,
  NatLogQuestion,
  type ChangeEntry,
  type NatLogEntry,
} from "./record-view.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

type ContainmentNotice = Extract<Notice, { kind: "containment" }>;

/** Looking up what a site's box has told in the past. */
export function recordRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient } = parts;
  const params = Type.Object({ siteId: Type.String() });

  app.get(
    "/api/v1/sites/:siteId/nat-log",
    {
      config: { needs: "search" },
      schema: {
        summary: "Who was behind an outside port of a gateway at a time",
        params,
        querystring: NatLogQuestion,
        response: { 200: NatLogAnswer, 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { limit = defaultLimit, offset = 0, ...question } = request.query;
      const sensorId = await sensorOf(store, siteId);
      // One more than is shown, to know whether there is one.
      const found = await whoWasBehind(store, { ...question, sensorId }, { limit: limit + 1, offset });
      const names = await namesOfHosts(
        store,
        siteId,
        found.flatMap(({ host }) => host ?? []),
      );
      // Whose connection was whose is nobody's business without a cause: that it was looked up is written down.
      const detail = JSON.stringify({ ...question, found: Math.min(found.length, limit) });
      await writeAudit(store, ambient, { author, action: "nat-log-read", siteId, subject: sensorId, detail });
      return {
        entries: found.slice(0, limit).map((row) => natEntry(row, names)),
        hasMore: found.length > limit,
        lost: await translationsLost(store, sensorId, question),
      };
    },
  );

  app.get(
    "/api/v1/sites/:siteId/changes",
    {
      config: { needs: "look" },
      schema: {
        summary: "What became of containments, barriers, area cuts and the line's cut",
        params,
        querystring: ChangesQuestion,
        response: { 200: ChangesPage, 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      const { siteId } = request.params;
      const { limit = defaultLimit, before } = request.query;
      const sensorId = await sensorOf(store, siteId);
      const rows = await readChanges(store, sensorId, {
        limit: limit + 1,
        before: before === undefined ? null : pageEndOf(before),
      });
      const shown = rows.slice(0, limit).map((row) => ({ row, notice: JSON.parse(row.body) as ContainmentNotice }));
      const names = await namesOfHosts(
        store,
        siteId,
        shown.map(({ notice }) => notice.host),
      );
      const last = rows.length > limit ? shown.at(-1)?.row : undefined;
      return {
        entries: shown.map(({ row, notice }) => changeEntry(`${row.boot_id}-${row.sequence}`, notice, names)),
        next: last === undefined ? null : `${last.at}-${last.sequence}`,
      };
    },
  );
}

/** The sensor of a site. Throws `unknown-site`. */
export async function sensorOf(rows: Rows, siteId: string): Promise<string> {
  const sensor = await rows.selectFrom("sensors").select("id").where("site_id", "=", siteId).executeTakeFirst();
  if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
  return sensor.id;
}

function natEntry(row: NatRow, names: ReadonlyMap<string, string>): NatLogEntry {
  return {
    host: row.host,
    name: row.host === null ? null : (names.get(row.host) ?? null),
    protocol: row.protocol,
    insideAddress: row.inside_address,
    insidePort: row.inside_port,
    outsideAddress: row.outside_address,
    outsidePort: row.outside_port,
    remoteAddress: row.remote_address,
    remotePort: row.remote_port,
    beganAt: row.began_at,
    endedAt: row.ended_at,
  };
}

function changeEntry(id: string, notice: ContainmentNotice, names: ReadonlyMap<string, string>): ChangeEntry {
  const { at, containmentId, host, scope = "host", change, text } = notice;
  const isHost = scope === "host";
  return {
    ...{ at, id, containmentId, scope, change, text },
    host: isHost ? host : null,
    name: isHost ? (names.get(host) ?? null) : null,
  };
}

function pageEndOf(before: string): PageEnd {
  const [at = "", sequence = ""] = before.split("-");
  return { at: Number(at), sequence: Number(sequence) };
}
