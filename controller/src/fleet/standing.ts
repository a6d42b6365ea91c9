import type { EnrolmentRefusalCode } from "@cordon/contract";
import type { Peer } from "../broker/peer.ts";
import type { Rows, SensorRow } from "../store/schema.ts";

type Identified = Pick<SensorRow, "key_hash" | "certificate_fingerprint" | "revoked_at" | "retired_at">;

/** Why who shows a certificate of ours is not the sensor that it names, or no longer; null where all is well. */
export function whyRefused(
  sensor: Identified | undefined,
  peer: Pick<Peer, "keyHash" | "fingerprint">,
): EnrolmentRefusalCode | null {
  if (sensor === undefined) return "sensor-unknown";
  if (sensor.retired_at !== null) return "sensor-retired";
  if (sensor.revoked_at !== null) return "sensor-revoked";
  // A certificate of ours for a key that nobody here has enrolled: what the records knew of it is lost.
  if (sensor.key_hash === null && sensor.certificate_fingerprint === "") return "key-unknown";
  const isIts =
    sensor.key_hash === null ? sensor.certificate_fingerprint === peer.fingerprint : sensor.key_hash === peer.keyHash;
  return isIts ? null : "key-superseded";
}

/** The same, asked of the store. */
export async function refusalOf(rows: Rows, peer: Peer): Promise<EnrolmentRefusalCode | null> {
  const sensor = await rows
    .selectFrom("sensors")
    .select(["key_hash", "certificate_fingerprint", "revoked_at", "retired_at"])
    .where("id", "=", peer.sensorId)
    .executeTakeFirst();
  return whyRefused(sensor, peer);
}
