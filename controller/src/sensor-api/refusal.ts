import { contractVersion, enrolmentRefusals, type EnrolmentRefusal, type EnrolmentRefusalCode } from "@cordon/contract";
import type { FastifyReply } from "fastify";

/** Answers with a refusal from the contract's list. */
export function sendRefusal(reply: FastifyReply, status: number, code: EnrolmentRefusalCode): FastifyReply {
  const body: EnrolmentRefusal = { version: contractVersion, code, text: enrolmentRefusals[code] };
  return reply.status(status).header("content-type", "application/json; charset=utf-8").send(JSON.stringify(body));
}
