import { Type } from "typebox";
import { checkPlan, faultLine } from "../../../provision/src/site/check-plan.ts";
import { writeAudit } from "../account/audit.ts";
import { ControllerError, errorText } from "../errors.ts";
import { readBoxes } from "../fleet/boxes.ts";
import type { BoxShelf, Parcel } from "../fleet/box-shelf.ts";
import { orderWipe } from "../fleet/wipe.ts";
import {
  BoxProgress,
  BoxTerms,
  BoxView,
  CardWish,
  ImageChoice,
  LabelChoice,
  MadeBox,
  SitePlan,
  WipeWish,
} from "./box-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { sensorOf } from "./record-routes.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const params = Type.Object({ boxId: Type.String() });
const response = { 401: Problem, 403: Problem, 404: Problem };

/** Boxes: which there are, making one for a new site, and having one forget its site. */
export function boxRoutes(app: Api, parts: ApiParts, boxes: BoxShelf): void {
  const { store, ambient, keeper } = parts;

  const parcelOf = (boxId: string, author: string): Parcel => {
    const parcel = boxes.find(boxId, author);
    if (parcel === null)
      throw new ProblemError("unknown-box", "it was made more than an hour ago, by somebody else, or never");
    return parcel;
  };

  app.get(
    "/api/v1/boxes",
    {
      config: { needs: "run" },
      schema: {
        summary: "Every box: its state, when it was heard, what became of its token",
        response: { 200: Type.Array(BoxView), 401: Problem, 403: Problem },
      },
    },
    () => readBoxes(store, ambient.clock.now()),
  );

  app.post(
    "/api/v1/boxes",
    {
      config: { needs: "run" },
      // What is wrong is told by our own words, all of it at once.
      attachValidation: true,
      schema: {
        summary: "Makes a site with its box; image, profile and label are fetched within an hour by who made it",
        body: SitePlan,
        response: { 201: MadeBox, 401: Problem, 403: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const checked = checkPlan(request.body, ambient.clock.now());
      if (!checked.ok) {
        const faults = checked.faults.map((fault) => faultLine(fault, "the whole"));
        throw new ProblemError("bad-site-plan", faults.join("\n"));
      }
      const parcel = await boxes.make(checked.plan, author);
      parts.changed(parcel.profile.site.id);
      return reply.status(201).send(await madeBox(parcel));
    },
  );

  app.post(
    "/api/v1/sites/:siteId/cards",
    {
      config: { needs: "run" },
      schema: {
        summary:
          "Makes a card with a new token for the box of a site, which has lost its data; the token before counts no longer",
        params: Type.Object({ siteId: Type.String() }),
        body: CardWish,
        response: { 201: MadeBox, 401: Problem, 403: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const sensorId = await sensorOf(store, siteId);
      const { ports, url = "" } = request.body;
      try {
        const parcel = await boxes.remake({ sensorId, url, ...(ports === undefined ? {} : { ports }) }, author);
        parts.changed(siteId);
        return await reply.status(201).send(await madeBox(parcel));
      } catch (error) {
        const codes = ["sensor-retired", "profile-unknown", "unknown-sensor"];
        if (error instanceof ControllerError && codes.includes(error.code)) {
          throw new ProblemError("no-new-card", error.message);
        }
        throw error;
      }
    },
  );

  app.get(
    "/api/v1/boxes/terms",
    {
      config: { needs: "run" },
      schema: {
        summary: "What boxes are made with: the ports by which they find this controller",
        response: { 200: BoxTerms, 401: Problem, 403: Problem },
      },
    },
    () => boxes.ports,
  );

  app.get(
    "/api/v1/boxes/:boxId/progress",
    {
      config: { needs: "run" },
      schema: {
        summary: "How far the image of a box is that is being fetched",
        params,
        response: { 200: BoxProgress, 401: Problem, 403: Problem, 404: Problem },
      },
    },
    async (request) => parcelOf(request.params.boxId, requireSession(request).author).progress,
  );

  app.get(
    "/api/v1/boxes/:boxId/image",
    {
      exposeHeadRoute: false,
      config: { needs: "run", answers: "application/gzip" },
      schema: {
        summary: "The image of a box that was made, gzip",
        params,
        querystring: ImageChoice,
        response: { ...response, 503: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const parcel = parcelOf(request.params.boxId, author);
      const stream = await boxes.image(parcel, request.query.image).catch((error: unknown) => {
        const code =
          error instanceof ControllerError && error.code === "no-box-image" ? "no-box-image" : "image-not-made";
        throw new ProblemError(code, errorText(error));
      });
      await noteFetched(parcel, author, "image");
      // It outlives the time a request may take.
      request.raw.setTimeout(0);
      return reply
        .header("content-type", "application/gzip")
        .header("content-disposition", `attachment; filename="${nameOf(parcel)}.img.gz"`)
        .send(stream as never);
    },
  );

  app.get(
    "/api/v1/boxes/:boxId/profile",
    {
      exposeHeadRoute: false,
      config: { needs: "run", answers: "application/json" },
      schema: { summary: "The site profile of a box that was made, with its token", params, response },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const parcel = parcelOf(request.params.boxId, author);
      await noteFetched(parcel, author, "profile");
      return reply
        .header("content-type", "application/json; charset=utf-8")
        .header("content-disposition", `attachment; filename="${nameOf(parcel)}.json"`)
        .serializer((text: unknown) => String(text))
        .send((parcel.files["profile.json"] ?? "") as never);
    },
  );

  app.get(
    "/api/v1/boxes/:boxId/label",
    {
      exposeHeadRoute: false,
      config: { needs: "run", answers: "image/svg+xml" },
      schema: {
        summary: "The label of a box that was made, with its PIN, as SVG, in English or another language",
        params,
        querystring: LabelChoice,
        response: { ...response, 422: Problem },
      },
    },
    async (request, reply) => {
      const parcel = parcelOf(request.params.boxId, requireSession(request).author);
      const label = await boxes.label(parcel, request.query.language ?? "en").catch((error: unknown) => {
        if (error instanceof ControllerError && error.code === "unknown-language") {
          throw new ProblemError("unknown-language", `labels are made in ${error.message}`);
        }
        throw error;
      });
      return reply
        .header("content-type", "image/svg+xml")
        .serializer((text: unknown) => String(text))
        .send(label as never);
    },
  );

  app.post(
    "/api/v1/sites/:siteId/wipe",
    {
      config: { needs: "run" },
      schema: {
        summary: "Has the box of a site destroy its keys and all that it knows, for good",
        params: Type.Object({ siteId: Type.String() }),
        body: WipeWish,
        response: { 202: Type.Null(), 401: Problem, 403: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const sensorId = await sensorOf(store, siteId);
      try {
        await keeper.issue(sensorId, (rows) =>
          orderWipe(rows, ambient, { sensorId, author, reason: request.body.reason }),
        );
      } catch (error) {
        for (const code of ["already-withdrawn", "already-ordered", "wipe-not-taken"] as const) {
          if (error instanceof ControllerError && error.code === code) throw new ProblemError(code, error.message);
        }
        throw error;
      }
      parts.changed(siteId);
      return reply.status(202).send(null);
    },
  );

  async function madeBox(parcel: Parcel): Promise<MadeBox> {
    const images = await boxes.images();
    return {
      id: parcel.id,
      sensorId: parcel.profile.sensor,
      siteId: parcel.profile.site.id,
      siteName: parcel.profile.site.name,
      pin: parcel.profile.placement === "gateway" ? "" : parcel.pin,
      expiresAt: parcel.expiresAt,
      tokenUntil: parcel.profile.enrolment?.expiresAt ?? parcel.expiresAt,
      images,
      whyNoImage: images.length > 0 ? null : (boxes.whyNoImage() ?? "No image here can be used."),
      command: `npm run -s provision -- box create --image IMAGE --profile ${nameOf(parcel)}.json --out ${nameOf(parcel)}.img`,
    };
  }

  async function noteFetched(parcel: Parcel, author: string, what: string): Promise<void> {
    const { site, sensor } = parcel.profile;
    const line = { author, action: "box-fetched", siteId: site.id, subject: sensor, detail: what };
    await store.transaction().execute((rows) => writeAudit(rows, ambient, line));
  }
}

function nameOf({ profile }: Parcel): string {
  return profile.sensor;
}
