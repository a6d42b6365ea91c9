import { beginSignIn, personByPasskey, type PasskeyParts } from "../account/passkeys.ts";
import { PasskeyAnswer, PasskeyChallenge } from "./account-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { letIn, limitedBy } from "./session-routes.ts";
import { Problem, SessionView } from "./view.ts";

/** What passkeys are made with; refuses where there can be none. */
export function passkeyParts({ ambient, challenges, relyingParty }: ApiParts): PasskeyParts {
  const party = relyingParty();
  if (party === null) throw new ProblemError("no-passkeys", "the controller has no name with a certificate");
  return { ambient, challenges, party };
}

/** Signing in by a passkey. */
export function passkeyRoutes(app: Api, parts: ApiParts): void {
  app.post(
    "/api/v1/session/passkey/challenge",
    {
      config: { isOpen: true },
      schema: {
        summary: "What a browser asks for a passkey with",
        response: { 200: PasskeyChallenge, 409: Problem },
      },
    },
    async () => ({ ...(await beginSignIn(passkeyParts(parts))) }),
  );

  app.post(
    "/api/v1/session/passkey",
    {
      config: { isOpen: true },
      schema: {
        summary: "Signs in by what a passkey signed",
        body: PasskeyAnswer,
        response: { 201: SessionView, 401: Problem, 409: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const passkeys = passkeyParts(parts);
      const opened = await parts.store.transaction().execute(async (rows) => {
        const person = await personByPasskey(rows, passkeys, request.body);
        return person === null ? null : letIn(parts, rows, { request, reply }, person);
      });
      // It cannot be guessed: whoever has one is let in, however many others fail.
      if (opened === null) {
        if (limitedBy(parts, request).begin() === null) {
          throw new ProblemError("too-many-tries", "sign-in is paused for a minute");
        }
        throw new ProblemError("bad-passkey", "it was removed, or the account has ended");
      }
      return reply.status(201).send(opened);
    },
  );
}
