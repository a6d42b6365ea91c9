/** Refusals of what is no request yet: Fastify and Node give them before any route or hook of ours is there. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { foreignCode } from "../errors.ts";
import { problemFrom, problemOf, sendProblem } from "./problem.ts";
import type { ProblemCode } from "./problem-codes.ts";

const codes: ReadonlyMap<string, readonly [ProblemCode, string]> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", ["request-too-slow", "the request did not come whole in time"]],
  ["HPE_HEADER_OVERFLOW", ["headers-too-large", "the headers are longer than 16 KiB"]],
]);

const detailLength = 300;

/** How a server refuses what it cannot read, with headers that every answer has. */
export function brokenRequests(everyAnswers: Readonly<Record<string, string>>) {
  const headers = { ...everyAnswers, "cache-control": "no-store" };
  return {
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
      const { code, detail } = problemFrom(error) ?? problemOf("internal", "see the controller's log");
      void sendProblem(reply.headers(headers), problemOf(code, detail.slice(0, detailLength)));
    },
    clientErrorHandler: (error: Error, socket: Socket): void => {
      if (foreignCode(error) === "ECONNRESET" || !socket.writable) {
        socket.destroy();
        return;
      }
      const known = codes.get(foreignCode(error) ?? "");
      const problem = known === undefined ? problemOf("bad-request", "what came is no HTTP") : problemOf(...known);
      const body = JSON.stringify(problem);
      const lines = Object.entries({
        ...headers,
        "content-type": "application/problem+json; charset=utf-8",
        "content-length": Buffer.byteLength(body),
        connection: "close",
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}\r\n${lines.join("")}\r\n`;
      socket.end(head + body, () => socket.destroy());
    },
  };
}
