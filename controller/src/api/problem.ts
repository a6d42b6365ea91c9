/** Errors as RFC 9457 problem+json, from a closed list. */
import type { FastifyError, FastifyReply } from "fastify";
import { ControllerError } from "../errors.ts";
import type { ContainmentView, Problem } from "./view.ts";

const titles = {
  "no-session": [401, "You are not signed in."],
  "bad-sign-in": [401, "Name, password and code do not belong together."],
  "bad-invitation": [404, "This invitation does not work: it was used already, or it is too old."],
  "bad-code": [422, "This is not the code that the app shows now."],
  "bad-login-link": [401, "This login link does not work: it was used already, or it is too old."],
  "too-many-tries": [429, "Too many tries. Wait a minute."],
  "account-locked": [429, "Too many tries at this account. Wait a quarter of an hour."],
  "not-allowed": [403, "Your account may not do this."],
  "name-taken": [409, "This name is taken."],
  "guest-without-end": [422, "A guest's link needs an end."],
  "owner-with-limits": [422, "An owner sees all sites."],
  "unknown-customer": [404, "There is no such customer."],
  "unknown-person": [404, "There is no such person."],
  "unknown-token": [404, "There is no such token."],
  "customer-in-use": [409, "This customer has sites still."],
  "foreign-origin": [403, "The request came from another site."],
  "unknown-site": [404, "There is no such site."],
  "unknown-host": [404, "There is no such machine on this site."],
  "unknown-containment": [404, "There is no such containment on this site."],
  "unknown-pardon": [404, "The policy does not leave this machine alone."],
  "unknown-duty": [404, "Nobody said what this machine is for."],
  "unknown-area": [404, "There is no such area on this site."],
  "unknown-channel": [404, "There is no such channel."],
  "unknown-ask": [404, "The box of this site was not asked that."],
  "no-upload": [404, "This answer was not uploaded, or is not there yet."],
  "unknown-route": [404, "There is nothing here."],
  "already-asked": [409, "This was asked already."],
  "already-withdrawn": [409, "The identity of this box was taken back already."],
  "already-released": [409, "This was released already, or has ended."],
  "area-in-use": [409, "Something is asked for this area still."],
  "too-many-wishes": [409, "A box takes no more of these."],
  "too-many-containments": [409, "This box holds as many containments as it can."],
  "too-many-channels": [409, "There are as many channels as there can be."],
  "already-testing": [409, "This channel is being tested."],
  "asks-not-taken": [409, "This box has never said hello, or its program is too old to be asked."],
  "too-many-asks": [429, "This box is asked as much as it can answer at once."],
  "too-many-streams": [429, "Too many pages watch for changes."],
  "bad-request": [400, "The request cannot be understood."],
  "bad-media-type": [415, "The request must be JSON."],
  "body-too-large": [413, "The request is too large."],
  "host-without-mac": [422, "This machine is known by its address alone and cannot be cut off alone."],
  "server-unconfirmed": [422, "This machine was declared a server: to cut it off has to be confirmed."],
  "line-cut-unconfirmed": [422, "To cut the line for everybody has to be confirmed."],
  "exception-refused": [422, "This machine can be no exception."],
  "resolvers-missing": [422, "Which resolvers may still be asked was not said."],
  "vector-missing": [422, "Which way of spreading to stop was not said."],
  "vector-without-ports": [422, "This way of spreading has no ports to stop."],
  "expiry-in-the-past": [422, "The end lies in the past."],
  "channel-refused": [422, "A channel like this could not work."],
  "secret-needed": [422, "The channel leads elsewhere now: its secret has to be given again."],
  "address-refused": [422, "The controller does not call out to this address."],
  "not-ready": [503, "The controller cannot answer now."],
  internal: [500, "The controller met an error of its own."],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof titles;

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

const codesOfPeople = ["name-taken", "guest-without-end", "owner-with-limits"] as const;

/** Translates what a handler or the framework threw; null where it is none of the caller's doing. */
export function problemFrom(error: FastifyError | ControllerError): Problem | null {
  if (error instanceof ProblemError) return error.problem;
  if (error.code === "too-many-containments") return problemOf("too-many-containments", error.message);
  for (const code of codesOfPeople) if (error.code === code) return problemOf(code, error.message);
  if (error.code === "asks-not-taken" || error.code === "too-many-asks") return problemOf(error.code, error.message);
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
  return reply
    .status(problem.status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem));
}
