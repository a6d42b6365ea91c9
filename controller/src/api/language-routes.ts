/**
 * The languages of the user interface: the files that lie in its own folder and in the operator's.
 * They are looked at when they are asked for, so that a new one needs neither build nor restart.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Type, type Static } from "typebox";
import type { Api } from "./parts.ts";
import { ProblemError } from "./problem.ts";

/** A language that can be chosen. */
const LanguageOffer = Type.Object({
  /** BCP 47 tag; its file is `/languages/TAG.json`. */
  language: Type.String(),
  name: Type.String(),
});
type LanguageOffer = Static<typeof LanguageOffer>;

// Five times what the largest of our own takes.
const maxBytes = 1024 * 1024;
const maxFiles = 100;

const fileName = /^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})\.json$/;

interface Held {
  readonly size: number;
  readonly mtimeMs: number;
  /** Null where the file is no language. */
  readonly text: string | null;
  readonly name: string;
}

/** `folders`: a later one overrides an earlier one; one that does not exist is empty. */
export function languageRoutes(app: Api, folders: readonly string[]): void {
  const held = new Map<string, Held>();

  const read = async (path: string, tag: string): Promise<Held | null> => {
    const status = await stat(path).catch(() => null);
    if (status === null || !status.isFile() || status.size > maxBytes) return null;
    const known = held.get(path);
    if (known !== undefined && known.size === status.size && known.mtimeMs === status.mtimeMs) return known;
    const text = await readFile(path, "utf8").catch(() => "");
    const name = nameIn(text, tag);
    const found = { size: status.size, mtimeMs: status.mtimeMs, text: name === null ? null : text, name: name ?? "" };
    if (held.size >= maxFiles * folders.length) held.clear();
    held.set(path, found);
    return found;
  };

  const find = async (tag: string): Promise<Held | null> => {
    for (const folder of folders.toReversed()) {
      const found = await read(join(folder, `${tag}.json`), tag);
      if (found !== null && found.text !== null) return found;
    }
    return null;
  };

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
      const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
      const tags = names.flatMap((each) => each.flatMap((name) => fileName.exec(name)?.[1] ?? [])).slice(0, maxFiles);
      const offers: LanguageOffer[] = [];
      for (const tag of [...new Set(tags)].toSorted()) {
        const found = await find(tag);
        if (found !== null) offers.push({ language: tag, name: found.name });
      }
      reply.header("cache-control", "no-cache");
      return offers;
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
      const tag = fileName.exec(request.params.file)?.[1];
      const found = tag === undefined ? null : await find(tag);
      if (found === null) throw new ProblemError("unknown-route", "no such language");
      return reply
        .header("cache-control", "no-cache")
        .type("application/json; charset=utf-8")
        .serializer((text: string) => text)
        .send(found.text);
    },
  );
}

/** The name of the language in a file; null where it is no language, or not this one. */
function nameIn(text: string, tag: string): string | null {
  try {
    const { language, name } = JSON.parse(text) as { readonly language?: unknown; readonly name?: unknown };
    return language === tag && typeof name === "string" && name !== "" && name.length <= 60 ? name : null;
  } catch {
    return null;
  }
}
