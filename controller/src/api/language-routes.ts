/** The languages of the user interface. */
import { Type, type Static } from "typebox";
import { tagOfFile, type LanguageShelf } from "../language/language-shelf.ts";
import type { Api } from "./parts.ts";
import { ProblemError } from "./problem.ts";

/** A language that can be chosen. */
const LanguageOffer = Type.Object({
  /** BCP 47 tag; its file is `/languages/TAG.json`. */
  language: Type.String(),
  name: Type.String(),
});
type LanguageOffer = Static<typeof LanguageOffer>;

export function languageRoutes(app: Api, shelf: LanguageShelf): void {
  app.get(
    "/languages",
    {
      config: { isOpen: true },
      schema: {
        summary: "Languages of the user interface, by their own names",
        response: { 200: Type.Array(LanguageOffer) },
      },
    },
    async (_, reply): Promise<LanguageOffer[]> => {
      reply.header("cache-control", "no-cache");
      return [...(await shelf.offers())];
    },
  );

  app.get(
    "/languages/:file",
    {
      config: { isOpen: true, answers: "application/json" },
      schema: {
        summary: "A language: its texts by their English wording",
        params: Type.Object({ file: Type.String() }),
      },
    },
    async (request, reply) => {
      const tag = tagOfFile(request.params.file);
      const found = tag === null ? null : await shelf.find(tag);
      if (found === null) throw new ProblemError("unknown-route", "no such language");
      return reply
        .header("cache-control", "no-cache")
        .type("application/json; charset=utf-8")
        .serializer((text: string) => text)
        .send(found.text);
    },
  );
}
