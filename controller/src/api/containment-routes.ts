import { Type } from "typebox";
import { isSweep, vectorPorts, type HostSnapshot } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import { askedOf, readSite } from "../incident/site-facts.ts";
import { containmentView } from "../incident/containment-view.ts";
import { siteView } from "../incident/site-view.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { isWanted } from "../fleet/desired.ts";
import { openContainments } from "../store/containment-rows.ts";
import { writePardon } from "../store/pardon-rows.ts";
import type { ContainmentRow, Rows } from "../store/schema.ts";
import { settleOfHost } from "../store/two-words-rows.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { ContainmentView, ContainmentWish, Problem, ReleaseWish } from "./view.ts";

async function sensorOf(rows: Rows, siteId: string): Promise<string> {
  const sensor = await rows.selectFrom("sensors").select("id").where("site_id", "=", siteId).executeTakeFirst();
  if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
  return sensor.id;
}

// A day to clean a machine in; what comes after that is news.
const pardonMs = 24 * 3_600_000;

async function policyOf(rows: Rows, siteId: string): Promise<string | undefined> {
  const site = await rows.selectFrom("sites").select("policy").where("id", "=", siteId).executeTakeFirst();
  return site?.policy;
}

function checkWish(wish: ContainmentWish, now: number): void {
  const vector = wish.vector ?? null;
  if (wish.kind === "vector" && vector === null) {
    throw new ProblemError("vector-missing", "a vector block names its vector");
  }
  if (
    wish.kind !== "quarantine" &&
    vector !== null &&
    (isSweep(vector) ? wish.kind === "throttle" : vectorPorts[vector].length === 0)
  ) {
    throw new ProblemError("vector-without-ports", `the vector ${vector} stands for no ports`);
  }
  if (wish.expiresAt !== null && wish.expiresAt <= now) {
    throw new ProblemError("expiry-in-the-past", "expiresAt lies in the past");
  }
}

/** Cutting off and releasing. */
export function containmentRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, keeper } = parts;

  const viewOf = async (siteId: string, containmentId: string): Promise<ContainmentView | undefined> => {
    const now = ambient.clock.now();
    const facts = await readSite(store, siteId, now, parts);
    if (facts === null) return undefined;
    const time = timeTextOf(now, parts.timeZone);
    const onHost = siteView(facts, time).hosts.flatMap((host) => host.containments);
    return onHost.find((containment) => containment.id === containmentId);
  };

  /** Before any report on it: as asked. */
  const freshView = (row: ContainmentRow): ContainmentView => {
    const now = ambient.clock.now();
    const hearing = { placement: null, reportedAt: null, isSilent: false };
    return containmentView(askedOf(row, now), null, hearing, timeTextOf(now, parts.timeZone)) as ContainmentView;
  };

  app.post(
    "/api/v1/sites/:siteId/containments",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary: "Asks for a containment of a host",
        params: Type.Object({ siteId: Type.String() }),
        body: ContainmentWish,
        response: { 201: ContainmentView, 401: Problem, 404: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const wish = request.body;
      const now = ambient.clock.now();
      checkWish(wish, now);
      const sensorId = await sensorOf(store, siteId);
      const vector = wish.kind === "quarantine" ? null : (wish.vector ?? null);
      const row: ContainmentRow = {
        id: `c-${ambient.random(8).toString("hex")}`,
        site_id: siteId,
        sensor_id: sensorId,
        kind: wish.kind,
        vector,
        host: wish.host,
        reason: wish.reason,
        author,
        asked_at: now,
        expires_at: wish.expiresAt === null ? null : Math.floor(wish.expiresAt),
        released_at: null,
        release_author: null,
        release_reason: null,
        dropped_epoch: null,
        dropped_revision: null,
        ended_at: null,
      };
      const existing = await keeper.issue(sensorId, async (rows) => {
        const host = await rows
          .selectFrom("hosts")
          .select("snapshot")
          .where("site_id", "=", siteId)
          .where("host", "=", wish.host)
          .executeTakeFirst();
        if (host === undefined) throw new ProblemError("unknown-host", `there is no host ${wish.host} on ${siteId}`);
        const snapshot = JSON.parse(host.snapshot) as HostSnapshot;
        if (snapshot.mac !== wish.host) {
          throw new ProblemError("host-without-mac", `${wish.host} is no hardware address`);
        }
        if (wish.kind === "quarantine" && snapshot.role.declared === true && wish.isConfirmed !== true) {
          throw new ProblemError("server-unconfirmed", `${wish.host} was declared a ${snapshot.role.name}`);
        }
        const same = (await openContainments(rows, sensorId)).find(
          (open) => open.host === wish.host && open.kind === wish.kind && open.vector === vector && isWanted(open, now),
        );
        if (same !== undefined) return same.id;
        await rows.insertInto("containments").values(row).execute();
        await writeAudit(rows, ambient, {
          author,
          action: "containment-asked",
          siteId,
          subject: row.id,
          detail: JSON.stringify({
            kind: row.kind,
            vector,
            host: row.host,
            reason: row.reason,
            expiresAt: row.expires_at,
          }),
        });
        return null;
      });
      if (existing !== null && existing !== undefined) {
        throw new ProblemError("already-asked", `${existing} asks for the same`, await viewOf(siteId, existing));
      }
      await settleOfHost(store, siteId, wish.host, now);
      parts.changed(siteId);
      return reply.status(201).send((await viewOf(siteId, row.id)) ?? freshView(row));
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/containments/:containmentId",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary: "Releases: ends a containment",
        params: Type.Object({ siteId: Type.String(), containmentId: Type.String() }),
        body: ReleaseWish,
        response: { 200: ContainmentView, 401: Problem, 404: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, containmentId } = request.params;
      const { pardonUntil: until } = request.body;
      if (typeof until === "number" && until <= ambient.clock.now()) {
        throw new ProblemError("expiry-in-the-past", "pardonUntil lies in the past");
      }
      const sensorId = await sensorOf(store, siteId);
      const shown = await viewOf(siteId, containmentId);
      const released = await keeper.issue(sensorId, async (rows) => {
        const now = ambient.clock.now();
        const { reason, pardonUntil = now + pardonMs } = request.body;
        const audited = { author, siteId, subject: containmentId };
        const pardon = async (host: string): Promise<void> => {
          await writePardon(rows, siteId, { host, author, reason, at: now, until: pardonUntil });
          const detail = JSON.stringify({ reason, until: pardonUntil });
          await writeAudit(rows, ambient, { ...audited, action: "pardon-given", subject: host, detail });
        };
        if (shown?.automatic === true) {
          if (shown.releasing) throw new ProblemError("already-released", `${containmentId} was released`);
          await pardon(shown.host);
          await writeAudit(rows, ambient, {
            ...{ ...audited, action: "containment-released", detail: reason },
            host: shown.host,
          });
          return null;
        }
        const row = await rows
          .selectFrom("containments")
          .selectAll()
          .where("id", "=", containmentId)
          .where("site_id", "=", siteId)
          .executeTakeFirst();
        if (row === undefined) {
          throw new ProblemError("unknown-containment", `there is no containment ${containmentId} on ${siteId}`);
        }
        if (!isWanted(row, now))
          throw new ProblemError("already-released", `${containmentId} was released or has ended`);
        await rows
          .updateTable("containments")
          .set({ released_at: now, release_author: author, release_reason: reason })
          .where("id", "=", containmentId)
          .execute();
        await writeAudit(rows, ambient, {
          ...{ ...audited, action: "containment-released", detail: reason },
          host: row.host,
        });
        // Else the policy would take the machine the moment it is released.
        if ((await policyOf(rows, siteId)) !== "observe") await pardon(row.host);
        return { ...row, released_at: now };
      });
      const host = released?.host ?? shown?.host;
      if (host !== undefined) await settleOfHost(store, siteId, host, ambient.clock.now());
      parts.changed(siteId);
      // The sensor may have reported already that it is gone; then the last that was asked is the answer.
      return (await viewOf(siteId, containmentId)) ?? shown ?? freshView(released as ContainmentRow);
    },
  );
}
