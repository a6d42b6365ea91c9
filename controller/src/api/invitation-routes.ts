import encodeQR from "qr";
import { codeAddress } from "../account/one-time-code.ts";
import { findInvitation, takeAccount } from "../account/people.ts";
import { maxPasswordLength, minPasswordLength } from "../account/password.ts";
import type { CodeOffer } from "./account-view.ts";
import { InvitationView, InvitationWish, TakingWish } from "./people-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { letIn, limitedBy } from "./session-routes.ts";
import { Problem, SessionView } from "./view.ts";

/** The secret of an app for codes, as it is scanned and as it is typed. */
export function codeOffer(secret: string, name: string): CodeOffer {
  const address = codeAddress(secret, name);
  return { secret, address, picture: `data:image/svg+xml,${encodeURIComponent(encodeQR(address, "svg"))}` };
}

const noSuch = () => new ProblemError("bad-invitation", "ask whoever sent it for another one");

/** Taking the account that somebody was invited to. */
export function invitationRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, streams } = parts;

  const found = async (ip: string, token: string) => {
    const invitation = await findInvitation(store, ambient, token);
    if (invitation !== null && invitation.role !== "guest") return invitation;
    // A token cannot be guessed: whoever has one is let in, however many others fail.
    if (limitedBy(parts, { ip }).begin() === null) {
      throw new ProblemError("too-many-tries", "invitations are paused for a minute");
    }
    throw noSuch();
  };

  app.post(
    "/api/v1/invitations/look",
    {
      config: { isOpen: true },
      schema: {
        summary: "Whom an invitation is for, and what the app for codes is to read",
        body: InvitationWish,
        response: { 200: InvitationView, 404: Problem, 429: Problem },
      },
    },
    async (request) => {
      const { name, code_secret: secret } = await found(request.ip, request.body.token);
      return { name, ...codeOffer(secret, name), minPasswordLength, maxPasswordLength };
    },
  );

  app.post(
    "/api/v1/invitations/take",
    {
      config: { isOpen: true },
      schema: {
        summary: "Takes the account: sets its password and its app for codes, and signs in",
        body: TakingWish,
        response: { 201: SessionView, 404: Problem, 422: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const invitation = await found(request.ip, request.body.token);
      const opened = await store.transaction().execute(async (rows) => {
        if (!(await takeAccount(rows, ambient, invitation, request.body))) return null;
        const person = await rows
          .selectFrom("people")
          .selectAll()
          .where("id", "=", invitation.id)
          .executeTakeFirstOrThrow();
        return letIn(parts, rows, { request, reply }, person);
      });
      if (opened === null) {
        throw new ProblemError("bad-code", "read the code again, and look whether the phone's clock is right");
      }
      streams.endOwner(invitation.id);
      return reply.status(201).send(opened);
    },
  );
}
