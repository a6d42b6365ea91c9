/** The records of a box that is its own centre, brought to what the box holds. */
import { everyContainment, type DesiredDocument, type SignedDesired, type SiteProfile } from "@cordon/contract";
import { firstHash, hashOfLine } from "../account/audit-chain.ts";
import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { writeAnswered } from "../store/delegation-rows.ts";
import { writeIssued } from "../store/issued-rows.ts";
import { writePardon } from "../store/pardon-rows.ts";
import { writeReflexWish } from "../store/reflex-wishes.ts";
import { writeArea, writeDuty, writeRecording, writeSiteSettings, writeSiteWish } from "../store/site-wishes.ts";

/** Makes a key known whose documents may stand here. */
export async function knowSigner(rows: Rows, keyId: string, now: number): Promise<void> {
  await rows
    .insertInto("signing_keys")
    .values({ key_id: keyId, public_key: "", created_at: now })
    .onConflict((conflict) => conflict.column("key_id").doNothing())
    .execute();
}

/**
 * Has the audit log go on from a number: one that began anew, as it does where the box keeps it in memory, would number what is
 * done as what was told before.
 */
export async function numberFrom(rows: Rows, ambient: Ambient, number: number): Promise<void> {
  const last = await rows
    .selectFrom("audit_log")
    .select((of) => of.fn.max("number").as("number"))
    .executeTakeFirst();
  if (Number(last?.number ?? 0) >= number) return;
  const [id, at] = [ambient.random(16).toString("hex"), ambient.clock.now()];
  const line = { id, at, number, author: "box", action: "log-began", site_id: null, subject: null, detail: "" };
  await rows
    .insertInto("audit_log")
    .values({ ...line, hash: hashOfLine(line, firstHash) })
    .execute();
}

/** Makes site and sensor known, once. */
export async function ensureSite(
  rows: Rows,
  { sensor, site, policy }: Pick<SiteProfile, "sensor" | "site" | "policy">,
  now: number,
): Promise<void> {
  await rows
    .insertInto("sites")
    .values({ id: site.id, name: site.name, policy, local_nets: JSON.stringify(site.localNets), created_at: now })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ name: site.name }))
    .execute();
  await rows
    .insertInto("sensors")
    .values({
      ...{ id: sensor, site_id: site.id, certificate_fingerprint: "", enrolled_at: now, state: "never-seen" },
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

/**
 * Writes what a document says over whatever stood there. What happened stays: the audit log, machines and their past.
 *
 * @param signed the document itself, as the box holds it; null where these wishes go beyond it
 */
export async function writeHeld(
  rows: Rows,
  document: DesiredDocument,
  { held, now }: { readonly held: SignedDesired; readonly now: number },
): Promise<void> {
  const { sensor: sensorId, site: siteId } = document;
  for (const table of ["containments", "pardons", "reflex_wishes", "areas", "site_wishes", "site_settings"] as const) {
    await rows.deleteFrom(table).where("site_id", "=", siteId).execute();
  }
  await rows.updateTable("sites").set({ policy: document.policy }).where("id", "=", siteId).execute();
  for (const { id, kind, host, vector, reason, author, startsAt, expiresAt } of everyContainment(document)) {
    await rows
      .insertInto("containments")
      .values({
        ...{ id, site_id: siteId, sensor_id: sensorId, kind, vector, host, reason, author },
        ...{ asked_at: startsAt, expires_at: expiresAt },
      })
      .execute();
  }
  for (const pardon of document.pardons ?? []) await writePardon(rows, siteId, pardon);
  if (document.reflex !== undefined) await writeReflexWish(rows, siteId, document.reflex);
  for (const area of document.areas ?? []) await writeArea(rows, siteId, area);
  for (const duty of document.duties ?? []) await writeDuty(rows, siteId, duty);
  for (const body of document.barriers ?? []) await writeSiteWish(rows, siteId, { kind: "barrier", body });
  for (const body of document.areaCuts ?? []) await writeSiteWish(rows, siteId, { kind: "area-cut", body });
  if (document.lineCut !== undefined) await writeSiteWish(rows, siteId, { kind: "line-cut", body: document.lineCut });
  if (document.recording !== undefined) await writeRecording(rows, siteId, document.recording);
  const { remedies, portal, resolvers } = document;
  await writeSiteSettings(rows, siteId, {
    ...(remedies === undefined ? {} : { remedies }),
    ...(portal === undefined ? {} : { portal }),
    ...(resolvers === undefined ? {} : { resolvers }),
  });
  await rows.deleteFrom("handed_back").where("sensor_id", "=", sensorId).execute();
  const { answers } = JSON.parse(held.document) as DesiredDocument;
  if (answers !== undefined) await writeAnswered(rows, sensorId, answers);
  await writeHeldDocument(rows, held, now);
}

/** The document that the next one goes on from. */
async function writeHeldDocument(rows: Rows, held: SignedDesired, now: number): Promise<void> {
  const { sensor, epoch, revision, issuedAt, notAfter } = JSON.parse(held.document) as DesiredDocument;
  const row = {
    ...{ sensor_id: sensor, epoch, revision, document: held.document, signature: held.signature },
    ...{ key_id: held.keyId, issued_at: issuedAt, not_after: notAfter },
  };
  await rows
    .insertInto("desired_documents")
    .values(row)
    .onConflict((conflict) => conflict.column("sensor_id").doUpdateSet(row))
    .execute();
  await writeIssued(rows, sensor, { epoch, revision, issuedAt }, held.document, now);
}
