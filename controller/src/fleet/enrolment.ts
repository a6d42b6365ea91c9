/**
 * Gives certificates to boxes that made their own key: at first for a token, later for the certificate they have.
 * Who is refused learns why, and so does the operator.
 */
import { X509Certificate } from "node:crypto";
import type { EnrolmentOrder, EnrolmentRefusalCode, IssuedCertificate, RenewalOrder } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import { secretHash } from "../account/secret.ts";
import type { Ambient } from "../ambient.ts";
import type { Peer } from "../broker/peer.ts";
import type { EnrolmentTokenRow, Rows, SensorRow, Store } from "../store/schema.ts";
import type { Authority } from "./authority.ts";
import { readRequest, type CertificateRequest } from "./certificate-request.ts";
import { IssuePace } from "./issue-pace.ts";
import type { RevocationBook } from "./revocation-book.ts";
import { whyRefused } from "./standing.ts";

export interface CertifierParts {
  readonly store: Store;
  readonly authority: Authority;
  readonly ambient: Ambient;
  readonly revocations: Pick<RevocationBook, "has">;
  /** Told when a sensor has another key than before. */
  readonly replaced: (sensorId: string, keyHash: string) => void;
  readonly changed: (siteId: string) => void;
}

export type EnrolmentOutcome =
  | { readonly ok: true; readonly issued: IssuedCertificate }
  | {
      readonly ok: false;
      readonly code: EnrolmentRefusalCode;
      /** Empty where nobody knows whose it would be. */
      readonly sensorId: string;
    };

type Refusal = Extract<EnrolmentOutcome, { readonly ok: false }>;

const auditEveryMs = 3_600_000;
/** As whose deed it is written down that a token was refused. */
const stranger = "unknown";

function refusal(code: EnrolmentRefusalCode, sensorId: string): Refusal {
  return { ok: false, code, sensorId };
}

export class Enrolment {
  readonly #parts: CertifierParts;
  readonly #pace: IssuePace;

  constructor(parts: CertifierParts) {
    this.#parts = parts;
    this.#pace = new IssuePace(parts.ambient.clock);
  }

  /** A first certificate for a token. The token is used up by the key that asks, and that key may ask again. */
  async enrol(order: EnrolmentOrder, address: string): Promise<EnrolmentOutcome> {
    const { store, ambient } = this.#parts;
    const hash = secretHash(order.token);
    const token = await store.selectFrom("enrolment_tokens").selectAll().where("hash", "=", hash).executeTakeFirst();
    // Of one that a newer one took the place of it is known whose card is the old one.
    if (token === undefined || token.voided_at !== null) return refusal("token-unknown", token?.sensor_id ?? "");
    const sensorId = token.sensor_id;
    const read = await readRequest(order.request);
    if (!read.ok) return refusal(read.code, sensorId);
    const { request } = read;
    if (request.name !== sensorId) return refusal("request-wrong-name", sensorId);
    // Also where the records were put back to a backup of before that.
    if (this.#parts.revocations.has(request.keyHash)) return refusal("sensor-revoked", sensorId);
    const outcome = await this.#certified(sensorId, request, async (rows, sensor, now) => {
      if (sensor.retired_at !== null) return "sensor-retired";
      // A new token is no pardon for the key that was taken back.
      if (sensor.revoked_at !== null && sensor.key_hash === request.keyHash) return "sensor-revoked";
      // One statement decides, so that of two boxes with the same token only one gets in.
      const used = await rows
        .updateTable("enrolment_tokens")
        .set({ used_at: now, used_from: address, key_hash: request.keyHash })
        .where("hash", "=", hash)
        .where("voided_at", "is", null)
        .where("expires_at", ">", now)
        .where((build) => build.or([build("used_at", "is", null), build("key_hash", "=", request.keyHash)]))
        .returning("hash")
        .executeTakeFirst();
      if (used === undefined) return this.#whyNot(rows, token, request, address, now);
      return null;
    });
    if (outcome.ok) {
      this.#parts.replaced(sensorId, request.keyHash);
      ambient.log.info("a sensor enrolled", { sensorId, address });
    }
    return outcome;
  }

  /** Another certificate for the key of the one that was shown, also when its time is over. */
  async renew(order: RenewalOrder, peer: Peer): Promise<EnrolmentOutcome> {
    if (peer.standing === "none") return refusal("renewal-without-certificate", "");
    if (peer.standing === "foreign") return refusal("renewal-foreign", "");
    const { sensorId } = peer;
    const read = await readRequest(order.request);
    if (!read.ok) return refusal(read.code, sensorId);
    const { request } = read;
    if (request.keyHash !== peer.keyHash) return refusal("renewal-other-key", sensorId);
    if (request.name !== sensorId) return refusal("request-wrong-name", sensorId);
    return this.#certified(sensorId, request, (_rows, sensor) => Promise.resolve(whyRefused(sensor, peer)));
  }

  async #certified(
    sensorId: string,
    request: CertificateRequest,
    whyNot: (rows: Rows, sensor: SensorRow, now: number) => Promise<EnrolmentRefusalCode | null>,
  ): Promise<EnrolmentOutcome> {
    const { store, authority, ambient, changed } = this.#parts;
    if (!this.#pace.mayIssue(request.keyHash)) return refusal("enrolment-too-often", sensorId);
    // Before the transaction, which is to be short; what is refused is thrown away.
    const { until, ...issued } = await authority.certify(sensorId, request.publicKey);
    const { fingerprint256, serialNumber } = new X509Certificate(issued.certificate);
    const now = ambient.clock.now();
    const done = await store.transaction().execute(async (rows) => {
      const sensor = await rows.selectFrom("sensors").selectAll().where("id", "=", sensorId).executeTakeFirst();
      if (sensor === undefined) return refusal("sensor-unknown", "");
      const code = await whyNot(rows, sensor, now);
      if (code !== null) return refusal(code, sensorId);
      const isNewKey = sensor.key_hash !== request.keyHash;
      await rows
        .updateTable("sensors")
        .set({
          certificate_fingerprint: fingerprint256,
          certificate_until: until,
          key_hash: request.keyHash,
          revoked_at: null,
        })
        .where("id", "=", sensorId)
        .execute();
      await writeAudit(rows, ambient, {
        author: `sensor ${sensorId}`,
        action: isNewKey ? "key-enrolled" : "certificate-renewed",
        siteId: sensor.site_id,
        subject: sensorId,
        detail: `serial ${serialNumber}, until ${new Date(until).toISOString()}`,
      });
      return sensor.site_id;
    });
    if (typeof done !== "string") return done;
    this.#pace.issued(request.keyHash);
    changed(done);
    return { ok: true, issued };
  }

  async #whyNot(
    rows: Rows,
    token: EnrolmentTokenRow,
    request: CertificateRequest,
    address: string,
    now: number,
  ): Promise<EnrolmentRefusalCode> {
    const newest = await rows
      .selectFrom("enrolment_tokens")
      .selectAll()
      .where("hash", "=", token.hash)
      .executeTakeFirst();
    const { used_at, used_from, key_hash, expires_at } = newest ?? token;
    if (used_at === null || key_hash === request.keyHash) {
      return expires_at > now ? "token-unknown" : "token-expired";
    }
    const sensor = await rows
      .selectFrom("sensors")
      .select("site_id")
      .where("id", "=", token.sensor_id)
      .executeTakeFirstOrThrow();
    // Who is refused tries again and again, and the log is to be read by a person.
    const told = await rows
      .selectFrom("audit_log")
      .select("id")
      .where("at", ">", now - auditEveryMs)
      .where("action", "=", "token-refused")
      // Boxes name actions and subjects as they like, each on its own site.
      .where("author", "=", stranger)
      .where("site_id", "=", sensor.site_id)
      .where("subject", "=", token.sensor_id)
      .limit(1)
      .executeTakeFirst();
    if (told !== undefined) return "token-used";
    await writeAudit(rows, this.#parts.ambient, {
      author: stranger,
      action: "token-refused",
      siteId: sensor.site_id,
      subject: token.sensor_id,
      detail: `used before, ${new Date(used_at).toISOString()} from ${used_from ?? ""}; now from ${address}`,
    });
    return "token-used";
  }
}
