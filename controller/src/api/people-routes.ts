import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { checkScope, invite, inviteAgain, scopeCells, scopeOf, type Invitation } from "../account/people.ts";
import type { PersonRow, Rows } from "../store/schema.ts";
import { InvitedView, PersonChange, PersonView, PersonWish } from "./people-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const ofPerson = Type.Object({ personId: Type.String() });

/** Who may sign in, and what each of them may. */
export function peopleRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, streams } = parts;

  app.get(
    "/api/v1/people",
    {
      config: { needs: "run" },
      schema: { summary: "Who may sign in", response: { 200: Type.Array(PersonView), 401: Problem, 403: Problem } },
    },
    async () => (await store.selectFrom("people").selectAll().orderBy("name_key").execute()).map(personView),
  );

  app.post(
    "/api/v1/people",
    {
      config: { needs: "run" },
      schema: {
        summary: "Invites somebody; the link is told once",
        body: PersonWish,
        response: { 201: InvitedView, 401: Problem, 403: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const invited = await store.transaction().execute(async (rows) => {
        const invitation = await invite(rows, ambient, request.body, author);
        return invitedView(await personOf(rows, invitation.personId), invitation);
      });
      return reply.status(201).send(invited);
    },
  );

  app.post(
    "/api/v1/people/:personId/invitation",
    {
      config: { needs: "run" },
      schema: {
        summary:
          "Invites somebody again, who lost the link, the password or the phone; the one before counts no longer",
        params: ofPerson,
        response: { 201: InvitedView, 401: Problem, 403: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const invited = await store.transaction().execute(async (rows) => {
        const person = await personOf(rows, request.params.personId);
        await writeAudit(rows, ambient, { author, action: "person-invited", subject: person.name, detail: "again" });
        return invitedView(person, await inviteAgain(rows, ambient, person));
      });
      streams.endOwner(request.params.personId);
      return reply.status(201).send(invited);
    },
  );

  app.patch(
    "/api/v1/people/:personId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Changes what somebody may, or ends it; holds from the next request on",
        params: ofPerson,
        body: PersonChange,
        response: { 200: PersonView, 401: Problem, 403: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { personId } = request.params;
      const changed = await store.transaction().execute(async (rows) => {
        const before = await personOf(rows, personId);
        const { role = before.role, expiresAt = before.expires_at, isDisabled, ...scope } = request.body;
        const disabledAt = isDisabled === undefined ? before.disabled_at : isDisabled ? ambient.clock.now() : null;
        if (role === "guest" && expiresAt === null) {
          throw new ProblemError("guest-without-end", "a guest's link needs an end");
        }
        const limits = { ...scopeOf(before), ...scope };
        checkScope(role, limits);
        const cells = scopeCells(limits);
        // A guest's link has gone from hand to hand: it opens nothing but what a guest sees, and the other way round.
        if (role !== before.role && [role, before.role].includes("guest")) {
          await rows.deleteFrom("invitations").where("person_id", "=", personId).execute();
          await rows.deleteFrom("sessions").where("person_id", "=", personId).execute();
          await rows.deleteFrom("passkeys").where("person_id", "=", personId).execute();
        }
        await rows
          .updateTable("people")
          .set({ role, ...cells, expires_at: expiresAt, disabled_at: disabledAt })
          .where("id", "=", personId)
          .execute();
        const detail = JSON.stringify(request.body);
        await writeAudit(rows, ambient, { author, action: "person-changed", subject: before.name, detail });
        return personView(await personOf(rows, personId));
      });
      // What they watch is opened anew, by what they may now.
      streams.endOwner(personId);
      return changed;
    },
  );
}

async function personOf(rows: Rows, id: string): Promise<PersonRow> {
  const person = await rows.selectFrom("people").selectAll().where("id", "=", id).executeTakeFirst();
  if (person === undefined) throw new ProblemError("unknown-person", `there is nobody ${id}`);
  return person;
}

function personView(row: PersonRow): PersonView {
  return {
    ...{ id: row.id, name: row.name, role: row.role, ...copyOf(row) },
    isTaken: row.password !== null,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    isDisabled: row.disabled_at !== null,
  };
}

function copyOf(row: PersonRow) {
  const { customers, sites } = scopeOf(row);
  return { customers: customers === null ? null : [...customers], sites: sites === null ? null : [...sites] };
}

function invitedView(person: PersonRow, { token, expiresAt }: Invitation) {
  const path = person.role === "guest" ? `/login#${token}` : `/invitation#${token}`;
  return { person: personView(person), token, path, expiresAt };
}
