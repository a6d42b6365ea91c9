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
  /** Counts failures by address. */
  readonly limiter: AttemptLimiter;
  /** Something was not let in; `sensorId` is empty where nobody knows whose it was. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

/** Certificates for boxes that made their own key. */
export function enrolmentRoutes(
  app: FastifyInstance,
  { enrolment, limiter, refused }: EnrolmentRouteParts,
  peerOf: (request: FastifyRequest) => Peer,
): void {
  const refuse = (reply: FastifyReply, peer: Peer, code: EnrolmentRefusalCode, sensorId: string, more = "") => {
    if (code !== "enrolment-too-often") limiter.failed(sourceOf(peer.address));
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
      if (!limiter.mayTry(sourceOf(peer.address))) return refuse(reply, peer, "enrolment-too-often", "");
      const order = parse(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      if (!order.ok) return refuse(reply, peer, "enrolment-malformed", "", `: ${order.error}`);
      const outcome = await ask(order.value, peer);
      if (!outcome.ok) return refuse(reply, peer, outcome.code, outcome.sensorId);
      return reply
        .status(201)
        .header("content-type", "application/json; charset=utf-8")
        .send(JSON.stringify(outcome.issued));
    });
  route(enrolmentPath, parseEnrolmentOrder, (order, { address }) => enrolment.enrol(order, address));
  route(renewalPath, parseRenewalOrder, (order, peer) => enrolment.renew(order, peer));
}
