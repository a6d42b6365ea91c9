import { writeAudit } from "../account/audit.ts";
import { newSecret, secretHash } from "../account/secret.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import type { Rows } from "../store/schema.ts";
import { forgetWipe } from "./wipe.ts";

/** From the order of a box to its first start: a quarter of a year on the shelf. */
const tokenLifeMs = 90 * 86_400_000;

export interface FreshToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Makes the one token with which a sensor may enrol; those it had before count no longer. Only its hash is kept. */
export async function createToken(
  rows: Rows,
  ambient: Ambient,
  { sensorId, author }: { readonly sensorId: string; readonly author: string },
): Promise<FreshToken> {
  const sensor = await rows
    .selectFrom("sensors")
    .select(["site_id", "retired_at"])
    .where("id", "=", sensorId)
    .executeTakeFirst();
  if (sensor === undefined) throw new ControllerError("unknown-sensor", `there is no sensor ${sensorId}`);
  if (sensor.retired_at !== null) {
    throw new ControllerError("sensor-retired", `sensor ${sensorId} was taken out of service; create another one`);
  }
  const now = ambient.clock.now();
  const token = newSecret(ambient);
  const expiresAt = now + tokenLifeMs;
  await voidTokens(rows, sensorId, now);
  await forgetWipe(rows, sensorId);
  await rows
    .insertInto("enrolment_tokens")
    .values({ hash: secretHash(token), sensor_id: sensorId, author, created_at: now, expires_at: expiresAt })
    .execute();
  await writeAudit(rows, ambient, {
    author,
    action: "token-created",
    siteId: sensor.site_id,
    subject: sensorId,
    detail: "",
  });
  return { token, expiresAt };
}

/** Lets no token of a sensor count from now on. */
export async function voidTokens(rows: Rows, sensorId: string, now: number): Promise<void> {
  await rows
    .updateTable("enrolment_tokens")
    .set({ voided_at: now })
    .where("sensor_id", "=", sensorId)
    .where("voided_at", "is", null)
    .execute();
}
