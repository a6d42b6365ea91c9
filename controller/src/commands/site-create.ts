import { readFileSync } from "node:fs";
import { checkPlan, faultLine } from "../../../provision/src/site/check-plan.ts";
import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { ControllerError, errorText } from "../errors.ts";
import { openAuthority } from "../fleet/authority.ts";
import { announceSensor, enrolSensor } from "../fleet/enrol.ts";
import { plannedSite } from "../fleet/planned-site.ts";
import { beginPrivateFile } from "../fleet/private-file.ts";
import { openSigner } from "../fleet/signer.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/schema.ts";

export interface SiteCreateWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  /** A site's plan in JSON. */
  readonly plan: string;
  /** A key and a certificate in place of the token. */
  readonly withKey?: true;
  readonly output: string;
}

/** Makes a site as it was planned, with its box, and writes the box's profile, for its owner alone. */
export async function createSite(wish: SiteCreateWish, log: Log, print: (line: string) => void): Promise<void> {
  const ambient = systemAmbient(log);
  const plan = readPlan(wish.plan, ambient.clock.now());
  const output = beginPrivateFile(wish.output, ambient.random(8).toString("hex"));
  let store: Store | null = null;
  try {
    store = await openStore(wish.data, { url: wish.store });
    const authority = await openAuthority(wish.data, ambient);
    const signer = await openSigner(wish.data, store, ambient);
    const enrol = wish.withKey === true ? enrolSensor : announceSensor;
    const profile = await enrol({ store, ambient, authority, signer }, plannedSite(plan, ambient, operator));
    output.commit(`${JSON.stringify(profile, null, 2)}\n`);
    print(`Made the site ${profile.site.id} with its sensor ${profile.sensor}; its profile is ${wish.output}`);
  } finally {
    output.discard();
    await store?.destroy();
  }
}

function readPlan(file: string, now: number): Parameters<typeof plannedSite>[0] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ControllerError("bad-plan", `cannot read the plan ${file}: ${errorText(error)}`, { cause: error });
  }
  const checked = checkPlan(value, now);
  if (checked.ok) return checked.plan;
  const faults = checked.faults.map((fault) => faultLine(fault));
  throw new ControllerError("bad-plan", `cannot use the plan ${file}: ${faults.join("; ")}`);
}
