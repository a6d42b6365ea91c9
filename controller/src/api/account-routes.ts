import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { newCodeSecret, stepOf } from "../account/one-time-code.ts";
import { addPasskey, beginPasskey, passkeysOf } from "../account/passkeys.ts";
import { hashPassword, maxPasswordLength, minPasswordLength } from "../account/password.ts";
import type { PasskeyRow, PersonRow } from "../store/schema.ts";
import {
  AccountView,
  CodeOffer,
  CodeWish,
  NewPasskey,
  PasskeyChallenge,
  PasskeyView,
  PasswordWish,
  ProofWish,
} from "./account-view.ts";
import { codeOffer } from "./invitation-routes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { passkeyParts } from "./passkey-routes.ts";
import { ProblemError } from "./problem.ts";
import { byCredentials, requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const offerLifeMs = 10 * 60_000;

/** What somebody signs in by: one's own passkeys and app for codes. */
export function accountRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient } = parts;
  /** Secrets that were offered and not taken yet, by session. */
  const offers = new Map<string, { readonly secret: string; readonly expiresAt: number }>();

  const own = async (request: FastifyRequest): Promise<PersonRow | null> => {
    const { personId, role } = requireSession(request);
    if (personId === null || role === "guest") return null;
    return (await store.selectFrom("people").selectAll().where("id", "=", personId).executeTakeFirst()) ?? null;
  };
  const requireOwn = async (request: FastifyRequest): Promise<PersonRow> => {
    const person = await own(request);
    if (person === null) throw new ProblemError("no-account", "sign in by name");
    return person;
  };
  /** Whoever found a page open is not the one whose page it is. */
  const prove = async (request: FastifyRequest, { password, code }: ProofWish): Promise<PersonRow> => {
    const person = await requireOwn(request);
    return byCredentials(parts, request, { name: person.name, password, code });
  };

  app.get(
    "/api/v1/account",
    {
      config: { needs: "look" },
      schema: { summary: "What one signs in by", response: { 200: AccountView, 401: Problem } },
    },
    async (request) => {
      const person = await own(request);
      return {
        isOwn: person !== null,
        passkeyName: parts.relyingParty()?.name ?? null,
        passkeys: person === null ? [] : (await passkeysOf(store, person.id)).map(viewOf),
        ...{ minPasswordLength, maxPasswordLength },
      };
    },
  );

  app.post(
    "/api/v1/account/passkeys/challenge",
    {
      config: { needs: "look" },
      schema: {
        summary: "What a browser makes a passkey from, for who proves to be the same person by password and code",
        body: ProofWish,
        response: { 200: PasskeyChallenge, 401: Problem, 409: Problem },
      },
    },
    async (request) => {
      const passkeys = passkeyParts(parts);
      const person = await prove(request, request.body);
      return { ...(await beginPasskey(store, passkeys, person)) };
    },
  );

  app.post(
    "/api/v1/account/passkeys",
    {
      config: { needs: "look" },
      schema: {
        summary: "Keeps the passkey that the browser made",
        body: NewPasskey,
        response: { 201: PasskeyView, 401: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const passkeys = passkeyParts(parts);
      const person = await requireOwn(request);
      const added = await store.transaction().execute(async (rows) => {
        const row = await addPasskey(rows, passkeys, person, request.body);
        if (row === null) throw new ProblemError("bad-passkey", "the browser made another one than was asked for");
        await writeAudit(rows, ambient, {
          author: person.name,
          action: "passkey-added",
          subject: row.name,
          detail: "",
        });
        return row;
      });
      return reply.status(201).send(viewOf(added));
    },
  );

  app.delete(
    "/api/v1/account/passkeys/:passkeyId",
    {
      config: { needs: "look" },
      schema: {
        summary: "Removes a passkey of one's own",
        params: Type.Object({ passkeyId: Type.String({ maxLength: 1_400 }) }),
        response: { 204: Type.Null(), 401: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author, personId } = requireSession(request);
      await store.transaction().execute(async (rows) => {
        const gone = await rows
          .deleteFrom("passkeys")
          .where("id", "=", request.params.passkeyId)
          .where("person_id", "=", personId ?? "")
          .returning("name")
          .executeTakeFirst();
        if (gone === undefined) throw new ProblemError("unknown-passkey", "there is no such passkey of yours");
        await writeAudit(rows, ambient, { author, action: "passkey-removed", subject: gone.name, detail: "" });
      });
      return reply.status(204).send(null);
    },
  );

  app.put(
    "/api/v1/account/password",
    {
      config: { needs: "look" },
      schema: {
        summary:
          "Takes another password from who proves to be the same person by the one before and a code; ends every other session of theirs",
        body: PasswordWish,
        response: { 204: Type.Null(), 401: Problem, 409: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { hash, author } = requireSession(request);
      const { id, password: before } = await prove(request, request.body);
      const password = await hashPassword(request.body.newPassword);
      const ended = await store.transaction().execute(async (rows) => {
        // Of two who change it at once one has proven himself by a password that counts no more.
        const changed = await rows
          .updateTable("people")
          .set({ password })
          .where("id", "=", id)
          .where("password", "=", before)
          .executeTakeFirst();
        if (changed.numUpdatedRows === 0n) throw new ProblemError("bad-sign-in", "the password is another one by now");
        const others = await rows
          .deleteFrom("sessions")
          .where("person_id", "=", id)
          .where("hash", "!=", hash)
          .returning("hash")
          .execute();
        const detail = JSON.stringify({ sessionsEnded: others.length });
        await writeAudit(rows, ambient, { author, action: "password-changed", subject: author, detail });
        return others;
      });
      for (const other of ended) parts.streams.endSession(other.hash);
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/v1/account/code",
    {
      config: { needs: "look" },
      schema: {
        summary:
          "Offers a new app for codes to who proves to be the same person; the one before counts until a code of it came",
        body: ProofWish,
        response: { 200: CodeOffer, 401: Problem, 409: Problem },
      },
    },
    async (request) => {
      const person = await prove(request, request.body);
      const now = ambient.clock.now();
      for (const [hash, { expiresAt }] of offers) if (expiresAt <= now) offers.delete(hash);
      const secret = newCodeSecret();
      offers.set(requireSession(request).hash, { secret, expiresAt: now + offerLifeMs });
      return codeOffer(secret, person.name);
    },
  );

  app.put(
    "/api/v1/account/code",
    {
      config: { needs: "look" },
      schema: {
        summary: "Takes the app for codes that was offered, by a code of it",
        body: CodeWish,
        response: { 204: Type.Null(), 401: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const person = await requireOwn(request);
      const { hash, author } = requireSession(request);
      const offer = offers.get(hash);
      const now = ambient.clock.now();
      if (offer === undefined || offer.expiresAt <= now) throw new ProblemError("no-code-offered", "begin anew");
      const step = stepOf(offer.secret, request.body.code, now, null);
      if (step === null) throw new ProblemError("bad-code", "read the code of the new app again");
      offers.delete(hash);
      await store.transaction().execute(async (rows) => {
        const fields = { code_secret: offer.secret, code_step: step };
        await rows.updateTable("people").set(fields).where("id", "=", person.id).execute();
        await writeAudit(rows, ambient, { author, action: "code-app-changed", subject: author, detail: "" });
      });
      return reply.status(204).send(null);
    },
  );
}

function viewOf({ id, name, created_at: createdAt, last_used_at: lastUsedAt }: PasskeyRow): PasskeyView {
  return { id, name, createdAt, lastUsedAt };
}
