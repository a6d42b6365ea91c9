import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { cleanJpeg, maxPhotoBytes } from "../incident/clean-jpeg.ts";
import { readSite } from "../incident/site-facts.ts";
import { siteView } from "../incident/site-view.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { countOtherPhotos, photosOfSite, readPhoto, writeParticulars, writePhoto } from "../store/particulars-rows.ts";
import type { Rows } from "../store/schema.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { ParticularsWish, PhotoWish, Problem, SiteView } from "./view.ts";

const params = Type.Object({ siteId: Type.String(), host: Type.String() });
const refusals = { 401: Problem, 404: Problem };

/** What people know of a machine: whose it is, where it stands, whom to call, what it looks like. */
export function particularsRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient } = parts;

  /** Changes what is written of a known machine, says so in the audit log, and answers with the site. */
  const change = async (
    of: { readonly siteId: string; readonly host: string; readonly author: string },
    line: { readonly action: string; readonly detail: string },
    run: (rows: Rows, at: number) => Promise<void>,
  ): Promise<SiteView> => {
    const { siteId, host, author } = of;
    const now = ambient.clock.now();
    await store.transaction().execute(async (rows) => {
      const known = await rows
        .selectFrom("hosts")
        .select("host")
        .where("site_id", "=", siteId)
        .where("host", "=", host)
        .executeTakeFirst();
      if (known === undefined) throw new ProblemError("unknown-host", `there is no host ${host} on ${siteId}`);
      await run(rows, now);
      await writeAudit(rows, ambient, { author, siteId, subject: host, ...line });
    });
    parts.changed(siteId);
    const facts = await readSite(store, siteId, now, parts);
    if (facts === null) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
    return siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
  };

  app.put(
    "/api/v1/sites/:siteId/hosts/:host/particulars",
    {
      config: { needs: "act" },
      schema: {
        summary: "Writes down whose a machine is, where it stands and whom to call; nothing is decided by it",
        params,
        body: ParticularsWish,
        response: { 200: SiteView, ...refusals },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      const { owner, phone, place, note } = request.body;
      const written = { owner: owner.trim(), phone: phone.trim(), place: place.trim(), note: note.trim() };
      const line = { action: "particulars-written", detail: JSON.stringify(written) };
      return change({ siteId, host, author }, line, (rows, at) =>
        writeParticulars(rows, siteId, host, { ...written, author, at }),
      );
    },
  );

  app.put(
    "/api/v1/sites/:siteId/hosts/:host/photo",
    {
      // Base64 takes a third more.
      bodyLimit: Math.ceil(maxPhotoBytes * 1.4),
      config: { needs: "act" },
      schema: {
        summary: "Keeps a photo of a machine: a JPEG, of which nothing but the picture is kept",
        params,
        body: PhotoWish,
        response: { 200: SiteView, ...refusals, 409: Problem, 413: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      const jpeg = cleanJpeg(Buffer.from(request.body.jpeg, "base64"));
      if (jpeg === null) throw new ProblemError("bad-photo", "expected a JPEG of at most 200 KiB and 2048 by 2048");
      const line = { action: "photo-kept", detail: JSON.stringify({ sizeBytes: jpeg.length }) };
      return change({ siteId, host, author }, line, async (rows, at) => {
        if ((await countOtherPhotos(rows, siteId, host)) >= photosOfSite) {
          throw new ProblemError("too-many-photos", `${siteId} has ${photosOfSite} photos`);
        }
        await writePhoto(rows, { siteId, host, author, at }, jpeg);
      });
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/hosts/:host/photo",
    {
      config: { needs: "act" },
      schema: { summary: "Takes the photo of a machine away", params, response: { 200: SiteView, ...refusals } },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      return change({ siteId, host, author }, { action: "photo-taken-away", detail: "" }, (rows, at) =>
        writePhoto(rows, { siteId, host, author, at }, null),
      );
    },
  );

  app.get(
    "/api/v1/sites/:siteId/hosts/:host/photo",
    {
      config: { needs: "look", answers: "image/jpeg" },
      schema: { summary: "The photo of a machine", params, response: refusals },
    },
    async (request, reply) => {
      requireSession(request);
      const { siteId, host } = request.params;
      const jpeg = await readPhoto(store, siteId, host);
      if (jpeg === null) throw new ProblemError("no-photo", `there is no photo of ${host} on ${siteId}`);
      // Opened by itself it is a picture and nothing that could run.
      reply.headers({ "content-type": "image/jpeg", "content-security-policy": "default-src 'none'; sandbox" });
      return reply.send(jpeg as never);
    },
  );
}
