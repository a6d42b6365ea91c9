import { readFileSync } from "node:fs";

const source = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** Values of a field in a union that a source exports: of `{ readonly page: "site" }` it is "site". */
function namesIn(text: string, union: string, field: string): readonly string[] {
  const [, after = ""] = text.split(`export type ${union} =`);
  const [body = ""] = after.split(/^(?:export|\/\*\*|interface|function|const)/m);
  return [...body.matchAll(new RegExp(`readonly ${field}: "([a-z-]+)"`, "g"))].map(([, name = ""]) => name);
}

/** The pages of the UI, as its router names them, and the sheets that lie over them. */
export function screensThere(): { readonly pages: readonly string[]; readonly sheets: readonly string[] } {
  // A sheet's own fields may have a kind as well: those are in other types, so a sheet's is the first on its line.
  const sheets = namesIn(source("controller/ui/src/context/app-context.ts"), "Sheet", "kind");
  return { pages: namesIn(source("controller/ui/src/app/route.ts"), "Route", "page"), sheets: [...new Set(sheets)] };
}

/** Whether a test's source speaks of it. */
export function isNamedIn(path: string, text: string): boolean {
  return source(path).includes(text);
}
