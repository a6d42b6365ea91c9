import { Type } from "typebox";
import { mayLookAt } from "./authorise.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession, sessionOf } from "./session-routes.ts";

/** What the UI follows: which sites changed. */
export function eventsRoute(app: Api, parts: ApiParts): void {
  app.get(
    "/api/v1/events",
    {
      exposeHeadRoute: false,
      config: { needs: "look", answers: "text/event-stream" },
      schema: {
        summary:
          "Server-sent events: site-changed, walk-changed, and reset where what was fetched may be old; goes on behind the last event that came",
        headers: Type.Object({ "last-event-id": Type.Optional(Type.String({ maxLength: 100 })) }),
        // A page cannot set the header when it opens a stream anew by itself.
        querystring: Type.Object({ lastEventId: Type.Optional(Type.String({ maxLength: 100 })) }),
      },
    },
    async (request, reply) => {
      const session = requireSession(request);
      const watcher = { sessionHash: session.hash, owner: session.personId ?? session.hash };
      if (!parts.streams.hasRoom(watcher)) throw new ProblemError("too-many-streams", "close another page first");
      reply.hijack();
      // A stream outlives the time a request may take.
      request.raw.setTimeout(0);
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? "");
      reply.raw.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      await parts.streams.open(reply.raw, {
        ...watcher,
        lastEventId: request.headers["last-event-id"] ?? request.query.lastEventId ?? null,
        sight: async () => {
          const current = await sessionOf(parts, request);
          return current === null ? null : mayLookAt(parts.store, current);
        },
      });
    },
  );
}
