import {
  machineName,
  packetSliceKind,
  PacketSliceQuestion,
  type HostSnapshot,
  type RecordingAuthorisation,
  type RecordingWish,
  type Reported,
} from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { deleteRecording, readRecordings, readSiteWishes, writeRecording } from "../store/site-wishes.ts";
import { viewOf } from "./ask-routes.ts";
import { AskView } from "./ask-view.ts";
import { mayLookAt } from "./authorise.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { sensorOf } from "./record-routes.ts";
import { AuthorisationView, RecordingSetting, RecordingView } from "./recording-view.ts";
import { requireSession } from "./session-routes.ts";
import { siteChanger } from "./site-wish-parts.ts";
import { Problem } from "./view.ts";

const params = Type.Object({ siteId: Type.String() });
// A slice of many megabytes goes up a slow line.
const slicePatienceMs = 600_000;

/** Whole packets: who has allowed that they are recorded, and asking for them. */
export function recordingRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, asks } = parts;
  const change = siteChanger(parts);

  const view = async (siteId: string): Promise<RecordingView> => {
    const sensorId = await sensorOf(store, siteId);
    const { recording } = await readSiteWishes(store, siteId, ambient.clock.now());
    const row = await store.selectFrom("reported").select("body").where("sensor_id", "=", sensorId).executeTakeFirst();
    const reported = row === undefined ? null : (JSON.parse(row.body) as Reported);
    return { wish: recording, record: reported?.record ?? null };
  };

  const nameOf = async (siteId: string, mac: string): Promise<string> => {
    const row = await store
      .selectFrom("hosts")
      .select("snapshot")
      .where("site_id", "=", siteId)
      .where("host", "=", mac)
      .executeTakeFirst();
    return row === undefined ? mac : machineName(JSON.parse(row.snapshot) as HostSnapshot);
  };

  app.get(
    "/api/v1/sites/:siteId/recording",
    {
      config: { needs: "look" },
      schema: {
        summary: "Whether whole packets are recorded, and how far back what the box keeps reaches",
        params,
        response: { 200: RecordingView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      return view(request.params.siteId);
    },
  );

  app.get(
    "/api/v1/recordings",
    {
      config: { needs: "look" },
      schema: {
        summary: "On whose word whole packets are recorded, at all sites that are seen",
        response: { 200: Type.Array(AuthorisationView), 401: Problem },
      },
    },
    async (request) => {
      const sight = await mayLookAt(store, requireSession(request));
      const recordings = await readRecordings(store, ambient.clock.now());
      const views: AuthorisationView[] = [];
      for (const { siteId, siteName, wish } of recordings.filter((each) => sight.sees(each.siteId))) {
        for (const authorisation of wish.authorisations) {
          const { scope } = authorisation;
          const machine = scope.kind === "site" ? null : await nameOf(siteId, scope.host);
          views.push({ siteId, siteName, authorisation, machine });
        }
      }
      return views;
    },
  );

  app.put(
    "/api/v1/sites/:siteId/recording",
    {
      config: { needs: "record" },
      schema: {
        summary: "Has whole packets recorded, on somebody's word; takes the place of the one before",
        params,
        body: RecordingSetting,
        response: { 200: RecordingView, 401: Problem, 404: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { maxBytes, ...given } = request.body;
      await change(siteId, author, async ({ rows, now, audit }) => {
        if (given.until <= now) throw new ProblemError("expiry-in-the-past", "until lies in the past");
        const id = ambient.random(8).toString("hex");
        const authorisation: RecordingAuthorisation = { id, ...given, date: now };
        const ring = { scope: given.scope, ...(maxBytes === undefined ? {} : { maxBytes }) };
        const wish: RecordingWish = { authorisations: [authorisation], ring };
        await writeRecording(rows, siteId, wish);
        await audit("recording-authorised", siteId, wish);
      });
      return view(siteId);
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/recording",
    {
      config: { needs: "record" },
      schema: {
        summary: "Ends the recording of whole packets; the box deletes what it has, and so does the controller",
        params,
        response: { 200: RecordingView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      await change(siteId, author, async ({ rows, wishes, audit }) => {
        await deleteRecording(rows, siteId);
        await audit("recording-ended", siteId, { authorisations: wishes.recording?.authorisations ?? [] });
      });
      await asks.deleteSlices(await sensorOf(store, siteId), "The packets were deleted when the recording was ended.");
      return view(siteId);
    },
  );

  app.post(
    "/api/v1/sites/:siteId/packet-slices",
    {
      config: { needs: "record" },
      schema: {
        summary: "Asks the box for recorded packets; the file is fetched as the upload of the ask whose id is given",
        params,
        body: PacketSliceQuestion,
        response: { 201: AskView, 400: Problem, 401: Problem, 404: Problem, 409: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const question = request.body;
      const sensorId = await sensorOf(store, siteId);
      const wish = { kind: packetSliceKind, question, patienceMs: slicePatienceMs, author };
      const row = await asks.ask(sensorId, wish, (rows, askId) =>
        writeAudit(rows, ambient, {
          ...{ author, action: "packets-asked", siteId, subject: sensorId },
          detail: JSON.stringify({ ask: askId, ...question }),
        }),
      );
      return reply.status(201).send(viewOf(row));
    },
  );
}
