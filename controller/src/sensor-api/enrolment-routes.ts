import {
  enrolmentPath,
  parseEnrolmentOrder,
  parseRenewalOrder,
  renewalPath,
  type EnrolmentRefusalCode,
  type Parsed,
} from "@cordon/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AttemptLimiter } from "../account/attempt-limiter.ts";
import type { Peer } from "../broker/peer.ts";
import { sourceOf } from "../broker/source.ts";
import type { Enrolment, EnrolmentOutcome } from "../fleet/enrolment.ts";
import { sendRefusal } from "./refusal.ts";

export interface EnrolmentRouteParts {
  readonly enrolment: Enrolment;
  /** Counts strangers' failures, by address. */
  readonly limiter: AttemptLimiter;
  /** Counts failures of those that hold the key of a certificate of ours, by that key: no stranger beside them uses up theirs. */
  readonly keyLimiter: AttemptLimiter;
  /** Something was not let in; `sensorId` is empty where nobody knows whose it was. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

/** Certificates for boxes that made their own key. */
export function enrolmentRoutes(
  app: FastifyInstance,
  { enrolment, limiter, keyLimiter, refused }: EnrolmentRouteParts,
  peerOf: (request: FastifyRequest) => Peer,
): void {
  /** Whose allowance a try is taken from. The handshake has proven the key. */
  const allowanceOf = (path: string, { standing, keyHash, address }: Peer) =>
    path === renewalPath && (standing === "trusted" || standing === "expired")
      ? { counted: keyLimiter, by: keyHash }
      : { counted: limiter, by: sourceOf(address) };
  const refuse = (reply: FastifyReply, peer: Peer, code: EnrolmentRefusalCode, sensorId: string, more = "") => {
    refused(sensorId, code, `from ${peer.address}${more}`);
    const statuses: Partial<Record<EnrolmentRefusalCode, number>> = {
      "enrolment-malformed": 400,
      "enrolment-too-often": 429,
    };
    return sendRefusal(reply, statuses[code] ?? 403, code);
  };
  const route = <T>(
    path: string,
    parse: (body: Uint8Array) => Parsed<T>,
    ask: (order: T, peer: Peer) => Promise<EnrolmentOutcome>,
  ) =>
    app.post(path, async (request, reply) => {
      const peer = peerOf(request);
      const { counted, by } = allowanceOf(path, peer);
      if (!counted.mayTry(by)) return refuse(reply, peer, "enrolment-too-often", peer.sensorId);
      const order = parse(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      if (!order.ok) {
        counted.failed(by);
        return refuse(reply, peer, "enrolment-malformed", "", `: ${order.error}`);
      }
      const outcome = await ask(order.value, peer);
      if (!outcome.ok) {
        if (outcome.code !== "enrolment-too-often") counted.failed(by);
        return refuse(reply, peer, outcome.code, outcome.sensorId);
      }
      return reply
        .status(201)
        .header("content-type", "application/json; charset=utf-8")
        .send(JSON.stringify(outcome.issued));
    });
  route(enrolmentPath, parseEnrolmentOrder, (order, { address }) => enrolment.enrol(order, address));
  route(renewalPath, parseRenewalOrder, (order, peer) => enrolment.renew(order, peer));
}
