/** Which rows of a time line are shown, as the address says it: a link to it shows the same. */
import type { TimelineKind } from "../../../src/api/timeline-view.ts";

export interface TimelineFilter {
  /** Empty is all. */
  readonly kinds: readonly TimelineKind[];
  readonly host: string | null;
  readonly person: string | null;
  /** Epoch milliseconds. */
  readonly from: number | null;
  readonly to: number | null;
  readonly text: string;
}

export const timelineKinds = [
  "evidence",
  "verdict",
  "action",
  "policy",
  "people",
  "line",
  "box",
] as const satisfies readonly TimelineKind[];

const anyKind: readonly string[] = timelineKinds;

/** What the address asks for: a filter, and the row that a link leads to. What cannot be read is left out. */
export function readQuery(query: string): { readonly filter: TimelineFilter; readonly row: string | null } {
  const words = new URLSearchParams(query);
  const time = (key: string): number | null => {
    const at = Date.parse(words.get(key) ?? "");
    return Number.isNaN(at) ? null : at;
  };
  const kinds = (words.get("kind") ?? "").split(",").filter((kind): kind is TimelineKind => anyKind.includes(kind));
  const filter = {
    kinds,
    host: words.get("host"),
    person: words.get("person"),
    from: time("from"),
    to: time("to"),
    text: (words.get("text") ?? "").slice(0, 100),
  };
  return { filter, row: words.get("row") };
}

/** The address of a filter, and of a row in it. */
export function timelinePath(siteId: string, filter: Partial<TimelineFilter> = {}, row: string | null = null): string {
  const { kinds = [], host = null, person = null, from = null, to = null, text = "" } = filter;
  const words = new URLSearchParams();
  if (kinds.length > 0) words.set("kind", kinds.join(","));
  if (host !== null) words.set("host", host);
  if (person !== null) words.set("person", person);
  // As people read it: in a link a time is looked at.
  if (from !== null) words.set("from", new Date(from).toISOString());
  if (to !== null) words.set("to", new Date(to).toISOString());
  if (text !== "") words.set("text", text);
  if (row !== null) words.set("row", row);
  const query = words.toString();
  return `/sites/${encodeURIComponent(siteId)}/timeline${query === "" ? "" : `?${query}`}`;
}
