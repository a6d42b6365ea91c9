/** Errors as RFC 9457 problem+json, from a closed list. */
import type { FastifyError, FastifyReply } from "fastify";
import { ControllerError } from "../errors.ts";
import { problemTitles as titles, type ProblemCode } from "./problem-codes.ts";
import type { ContainmentView, Problem } from "./view.ts";

// Seconds after which it is worth while to try again, where the refusal itself does not know better.
const retryAfterS: Partial<Readonly<Record<ProblemCode, number>>> = {
  "too-many-tries": 60,
  "account-locked": 900,
  "too-many-asks": 30,
  "too-many-streams": 30,
  "still-answering": 1,
};

/** A refusal of a request, with a code from the list. */
export class ProblemError extends ControllerError {
  readonly problem: Problem;

  constructor(code: ProblemCode, detail: string, existing?: ContainmentView) {
    super(code, detail);
    this.name = "ProblemError";
    this.problem = problemOf(code, detail, existing);
  }
}

/** The body of a problem. */
export function problemOf(code: ProblemCode, detail: string, existing?: ContainmentView): Problem {
  const [status, title] = titles[code];
  return { code, title, status, detail, ...(existing === undefined ? {} : { existing }) };
}

const codesOfPeople = ["no-own-key", "name-taken", "guest-without-end", "owner-with-limits"] as const;
const codesOfBackups = [
  ...(["unknown-restore", "restore-not-offered", "restore-too-large", "restore-no-room"] as const),
  ...(["restore-part-elsewhere", "still-answering"] as const),
  ...(["backup-unreadable", "backup-newer", "backup-locked", "backup-damaged"] as const),
] as const;

const codesOfReleases = [
  ...(["unknown-release", "unknown-rollout", "release-wrong-offset", "release-too-long"] as const),
  ...(["no-room-for-release", "rollout-open", "rollout-over", "update-not-taken"] as const),
];

/** Translates what a handler or the framework threw; null where it is none of the caller's doing. */
export function problemFrom(error: FastifyError | ControllerError): Problem | null {
  if (error instanceof ProblemError) return error.problem;
  if (error.code === "too-many-containments") return problemOf("too-many-containments", error.message);
  for (const code of [...codesOfPeople, ...codesOfReleases, ...codesOfBackups])
    if (error.code === code) return problemOf(code, error.message);
  if (error.code === "asks-not-taken" || error.code === "too-many-asks" || error.code === "walk-not-offered") {
    return problemOf(error.code, error.message);
  }
  if (error instanceof ControllerError) return null;
  if (error.validation !== undefined) return problemOf("bad-request", error.message);
  switch (error.statusCode) {
    case 413:
      return problemOf("body-too-large", error.message);
    case 415:
      return problemOf("bad-media-type", error.message);
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? problemOf("bad-request", error.message)
        : null;
  }
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const waitS = retryAfterS[problem.code];
  if (waitS !== undefined && !reply.hasHeader("retry-after")) reply.header("retry-after", String(waitS));
  return reply
    .status(problem.status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem));
}
