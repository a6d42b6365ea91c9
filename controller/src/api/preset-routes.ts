import { defaultReflex, whyNoException, type Hello, type Policy, type Reported } from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { ControllerError } from "../errors.ts";
import { basisOf, isAt, stepsTo, type PresetId, type PresetSteps, type SiteSettings } from "../fleet/presets.ts";
import { presetPlan } from "../incident/preset-plan.ts";
import { readSite } from "../incident/site-facts.ts";
import { siteView, type SiteFacts } from "../incident/site-view.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { readReflexWish, writeReflexWish } from "../store/reflex-wishes.ts";
import { readSiteWishes, siteWishLimits, type SiteWishes } from "../store/site-wishes.ts";
import type { Rows } from "../store/schema.ts";
import { mayLookAt } from "./authorise.ts";
import { setBarrier } from "./barrier-routes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { PresetId as PresetIdSchema, PresetOutcome, PresetPlan, PresetWish } from "./preset-view.ts";
import { ProblemError, problemFrom } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { snapshotsOf } from "./site-wish-parts.ts";
import { Problem } from "./view.ts";

// What one person decides on at once, and reads before.
const mostSites = 200;

/** Named settings of sites: what each would change, and putting it on. */
export function presetRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, keeper } = parts;
  const params = Type.Object({ presetId: PresetIdSchema });

  app.get(
    "/api/v1/presets/:presetId",
    {
      config: { needs: "look" },
      schema: {
        summary: "What a preset would change of a site, or of each site of a customer; changes nothing",
        params,
        querystring: Type.Object({ site: Type.Optional(Type.String()), customer: Type.Optional(Type.String()) }),
        response: { 200: Type.Array(PresetPlan), 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { site, customer } = request.query;
      if (site === undefined && customer === undefined) throw new ProblemError("bad-request", "of which site?");
      const sight = await mayLookAt(store, requireSession(request));
      const found = await store
        .selectFrom("sites")
        .select("id")
        .$if(site !== undefined, (query) => query.where("id", "=", site ?? ""))
        .$if(customer !== undefined, (query) => query.where("customer_id", "=", customer ?? ""))
        .orderBy("name")
        .execute();
      const seen = found.filter(({ id }) => sight.sees(id)).slice(0, mostSites);
      if (site !== undefined && seen.length === 0) throw new ProblemError("unknown-site", `there is no site ${site}`);
      const plans: PresetPlan[] = [];
      const now = ambient.clock.now();
      for (const { id } of seen) {
        const facts = await readSite(store, id, now, parts);
        if (facts === null) continue;
        const view = siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
        plans.push(presetPlan(request.params.presetId, settingsOf(facts), view));
      }
      return plans;
    },
  );

  app.put(
    "/api/v1/presets/:presetId",
    {
      config: { needs: "act" },
      schema: {
        summary: "Puts a preset on sites, each as a whole or not at all; refused where its settings are others by now",
        params,
        body: PresetWish,
        response: { 200: Type.Array(PresetOutcome), 400: Problem, 401: Problem, 403: Problem },
      },
    },
    async (request) => {
      const session = requireSession(request);
      const sight = await mayLookAt(store, session);
      const { presetId } = request.params;
      const { sites, reason } = request.body;
      const outcomes: PresetOutcome[] = [];
      for (const { siteId, basis } of sites) {
        try {
          const sensor = await store
            .selectFrom("sensors")
            .select("id")
            .where("site_id", "=", siteId)
            .executeTakeFirst();
          if (sensor === undefined || !sight.sees(siteId)) {
            throw new ProblemError("unknown-site", `there is no site ${siteId}`);
          }
          const put = { siteId, presetId, basis, reason, author: session.author };
          const isChanged = await keeper.issue(sensor.id, (rows) => putPreset(rows, sensor.id, put, parts));
          if (isChanged === true) parts.changed(siteId);
          outcomes.push({ siteId, outcome: isChanged === true ? "set" : "already", code: null, text: null });
        } catch (error) {
          const problem = error instanceof ControllerError ? problemFrom(error) : null;
          if (problem === null) throw error;
          outcomes.push({ siteId, outcome: "refused", code: problem.code, text: problem.title });
        }
      }
      return outcomes;
    },
  );
}

function settingsOf({ policy, reflexWish, wishes, sensor }: SiteFacts): SiteSettings {
  const { hello, reported } = sensor;
  const placement = reported?.placement ?? hello?.placement.kind ?? null;
  return { policy, reflex: reflexWish ?? defaultReflex, barriers: wishes.barriers, placement };
}

interface Put {
  readonly siteId: string;
  readonly presetId: PresetId;
  readonly basis: string;
  readonly reason: string;
  readonly author: string;
}

/** False where nothing was left to change. */
async function putPreset(rows: Rows, sensorId: string, put: Put, parts: ApiParts): Promise<boolean> {
  const { siteId, presetId, basis } = put;
  const now = parts.ambient.clock.now();
  const wishes = await readSiteWishes(rows, siteId, now);
  const settings = await readSettings(rows, siteId, sensorId, wishes);
  if (basisOf(settings) !== basis) throw new ProblemError("settings-changed", `${siteId} is set otherwise by now`);
  const steps = stepsTo(presetId, settings);
  if (isAt(steps)) return false;
  const added = steps.barriers.filter(({ before }) => before === null).length;
  if (wishes.barriers.length + added > siteWishLimits.barriers) {
    throw new ProblemError("too-many-wishes", `${siteId} has ${wishes.barriers.length} barriers`);
  }
  await putSteps(rows, steps, settings, { ...put, wishes, now }, parts);
  return true;
}

async function readSettings(
  rows: Rows,
  siteId: string,
  sensorId: string,
  { barriers }: SiteWishes,
): Promise<SiteSettings> {
  const row = await rows
    .selectFrom("sites")
    .innerJoin("sensors", "sensors.site_id", "sites.id")
    .leftJoin("reported", "reported.sensor_id", "sensors.id")
    .select(["sites.policy", "sensors.hello", "reported.body"])
    .where("sensors.id", "=", sensorId)
    .executeTakeFirstOrThrow();
  const hello = row.hello === null ? null : (JSON.parse(row.hello) as Hello);
  const reported = row.body === null ? null : (JSON.parse(row.body) as Reported);
  const placement = reported?.placement ?? hello?.placement.kind ?? null;
  const reflex = (await readReflexWish(rows, siteId)) ?? defaultReflex;
  return { policy: row.policy as Policy, reflex, barriers, placement };
}

/** Each step stands in the audit log as if it had been taken alone, and the preset before them. */
async function putSteps(
  rows: Rows,
  { policy, reflex, barriers }: PresetSteps,
  settings: SiteSettings,
  { siteId, presetId, reason, author, wishes, now }: Put & { readonly wishes: SiteWishes; readonly now: number },
  parts: ApiParts,
): Promise<void> {
  const { ambient } = parts;
  const audit = (action: string, subject: string, detail: unknown) =>
    writeAudit(rows, ambient, { author, action, siteId, subject, detail: JSON.stringify(detail) });
  const ways = barriers.map(({ way, to }) => ({ way, to }));
  await audit("preset-set", presetId, { policy, reflex, barriers: ways, reason });
  if (policy !== null) {
    await rows.updateTable("sites").set({ policy }).where("id", "=", siteId).execute();
    await audit("policy-set", siteId, { policy, reason });
  }
  if (reflex !== null) {
    const wish = { ...settings.reflex, ...reflex };
    await writeReflexWish(rows, siteId, wish);
    await audit("reflex-set", siteId, { ...wish, reason });
  }
  for (const { way, to, before } of barriers) {
    const excepted = await snapshotsOf(rows, siteId, before?.exceptions ?? []);
    // Who is infected by now is no exception; that he was one is no reason against shutting the way.
    const infected = new Set(excepted.filter((host) => whyNoException(host) !== null).map(({ host }) => host));
    const exceptions = (before?.exceptions ?? []).filter((host) => !infected.has(host));
    const setting = { mode: to, reason, area: null, exceptions, expiresAt: null };
    await setBarrier({ rows, siteId, author, now, wishes, audit }, way, setting, parts);
  }
}
