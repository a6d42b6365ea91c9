import type { Health, ReportedWipe } from "@cordon/contract";
import type { SensorView } from "../api/view.ts";
import type { Rows, SensorRow } from "../store/schema.ts";

// Two boxes with one key take the connection from each other all the time.
const doubledTroubleMs = 3_600_000;
const refusedTroubleMs = 7 * 86_400_000;
const unfitRequests = ["request-malformed", "request-unsigned", "request-weak-key", "request-wrong-name"] as const;

/** Whether the box has a certificate that counts, and until when that, or its token, does. */
export async function identityOf(rows: Rows, sensor: SensorRow): Promise<SensorView["identity"]> {
  if (sensor.retired_at !== null) return { state: "retired", until: null };
  const token = await rows
    .selectFrom("enrolment_tokens")
    .select("expires_at")
    .where("sensor_id", "=", sensor.id)
    .where("voided_at", "is", null)
    .where("used_at", "is", null)
    .executeTakeFirst();
  if (sensor.revoked_at !== null) return { state: "revoked", until: token?.expires_at ?? null };
  // A row of an older release knows the certificate alone.
  const isEnrolled = sensor.key_hash !== null || sensor.certificate_fingerprint !== "";
  return isEnrolled
    ? { state: "enrolled", until: sensor.certificate_until }
    : { state: "not-enrolled", until: token?.expires_at ?? null };
}

/** What a person must do about the identity of a box; none where all is well. */
export async function identityTroubles(rows: Rows, sensor: SensorRow, now: number): Promise<Health[]> {
  const troubles: Health[] = [];
  if (sensor.retired_at !== null) {
    const text = "This box was taken out of service; the controller refuses it.";
    troubles.push({ code: "sensor-retired", severity: "info", since: sensor.retired_at, text });
  } else if (sensor.revoked_at !== null) {
    const text = "The identity of this box was taken back; the controller refuses it until it enrols with a new token.";
    const wiped = await wipedText(rows, sensor.id);
    const severity = wiped === null ? "error" : "info";
    troubles.push({ code: "sensor-revoked", severity, since: sensor.revoked_at, text: wiped ?? text });
  }
  const isEnrolled = sensor.key_hash !== null || sensor.certificate_fingerprint !== "";
  const unknown = isEnrolled || troubles.length > 0 ? undefined : await refused(rows, sensor.id, "key-unknown");
  if (unknown !== undefined) {
    const text =
      "A box shows a key of which these records know nothing: they were put back to a backup of before it enrolled. It enrols anew by its token as long as that counts; else give it a new one.";
    troubles.push({ code: "key-unknown", severity: "error", since: unknown.last_at, text });
  }
  const denied = isEnrolled || troubles.length > 0 ? undefined : await deniedSinceToken(rows, sensor.id, now);
  if (denied !== undefined) {
    const text = denialText(denied.reason);
    troubles.push({ code: "enrolment-refused", severity: "error", since: denied.last_at, text });
  }
  // Tried again by a second box, since the newest token was given out.
  const copied = await rows
    .selectFrom("refusals")
    .innerJoin("enrolment_tokens", "enrolment_tokens.sensor_id", "refusals.sensor_id")
    .select(["refusals.count", "refusals.last_at", "refusals.last_error", "enrolment_tokens.used_at", "used_from"])
    .where("refusals.sensor_id", "=", sensor.id)
    .where("refusals.reason", "=", "token-used")
    .where("enrolment_tokens.voided_at", "is", null)
    .whereRef("refusals.last_at", ">=", "enrolment_tokens.created_at")
    .executeTakeFirst();
  if (copied !== undefined && copied.used_at !== null && sensor.retired_at === null) {
    const used = `${new Date(copied.used_at).toISOString().slice(0, 16).replace("T", " ")} UTC from ${copied.used_from ?? "?"}`;
    troubles.push({
      code: "token-used-twice",
      severity: copied.last_at > now - refusedTroubleMs ? "error" : "warning",
      since: copied.last_at,
      text: `Two boxes have the token of this one: it was used on ${used}, and another box was refused ${copied.count} times, last ${copied.last_error}. Take the copy out of the line. If the first was not yours, revoke it; write the right card anew (box create --sensor-id ${sensor.id}).`,
    });
  }
  const doubled = await refused(rows, sensor.id, "identity-in-two-places");
  if (
    doubled !== undefined &&
    doubled.last_at > now - doubledTroubleMs &&
    sensor.retired_at === null &&
    sensor.revoked_at === null
  ) {
    const text =
      "Two boxes speak with the key of this one, by turns: its card was copied. Take the copy out of the line, revoke the box, and write the right card anew (box create --sensor-id).";
    troubles.push({ code: "identity-in-two-places", severity: "error", since: doubled.last_at, text });
  }
  return troubles;
}

/** Why a box that is not enrolled was last refused a certificate, since its newest token was given out; undefined where it never was. */
function deniedSinceToken(
  rows: Rows,
  sensorId: string,
  now: number,
): Promise<{ readonly reason: string; readonly last_at: number } | undefined> {
  return rows
    .selectFrom("refusals")
    .innerJoin("enrolment_tokens", "enrolment_tokens.sensor_id", "refusals.sensor_id")
    .select(["refusals.reason", "refusals.last_at"])
    .where("refusals.sensor_id", "=", sensorId)
    .where("refusals.reason", "in", ["token-unknown", "token-expired", ...unfitRequests])
    .where("refusals.last_at", ">", now - refusedTroubleMs)
    .where("enrolment_tokens.voided_at", "is", null)
    .whereRef("refusals.last_at", ">=", "enrolment_tokens.created_at")
    .orderBy("refusals.last_at", "desc")
    .executeTakeFirst();
}

function denialText(reason: string): string {
  if (reason === "token-expired") {
    return "This box asks to be let in by a token that is too old. Write its card anew (box create --sensor-id).";
  }
  if (reason === "token-unknown") {
    return "This box asks to be let in by a token that a newer one took the place of. Put in the card that was written last, or write it anew (box create --sensor-id).";
  }
  return `This box asks to be let in, and its request cannot be used (${reason}). Write its card anew (box create --sensor-id).`;
}

/** When it was last refused for that; undefined where it never was. */
function refused(rows: Rows, sensorId: string, reason: string): Promise<{ readonly last_at: number } | undefined> {
  return rows
    .selectFrom("refusals")
    .select("last_at")
    .where("sensor_id", "=", sensorId)
    .where("reason", "=", reason)
    .executeTakeFirst();
}

/** What a box said when it had forgotten its site, and what is left to a person; null where it was not ordered to, or has not. */
async function wipedText(rows: Rows, sensorId: string): Promise<string | null> {
  const order = await rows.selectFrom("wipe_orders").selectAll().where("sensor_id", "=", sensorId).executeTakeFirst();
  if (order === undefined || order.wiped_at === null) return null;
  const { left } = JSON.parse(order.result ?? "{}") as Partial<ReportedWipe>;
  const rest = left === undefined || left.length === 0 ? "" : ` Still there: ${left.join("; ")}.`;
  return `This box has forgotten its site, as it was ordered, and its key counts no longer.${rest}`.slice(0, 400);
}
