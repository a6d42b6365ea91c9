import type { TimelinePage, TimelineSummary } from "../../../src/api/timeline-view.ts";
import type { TimelineFilter } from "../app/timeline-filter.ts";

/** Which page is asked for: what is older than its end, what lies around a row, or the newest. */
export type TimelinePlace =
  | { readonly before: string }
  | { readonly after: string }
  | { readonly around: string }
  | { readonly newest: number };

/** Looking through what happened at a site. */
export interface TimelineApi {
  readonly page: (filter: TimelineFilter, place: TimelinePlace) => Promise<TimelinePage>;
  readonly summary: (filter: TimelineFilter) => Promise<TimelineSummary>;
}

/** @param call makes one request below the site's path */
export function createTimelineApi(call: (method: string, path: string) => Promise<unknown>): TimelineApi {
  return {
    page: async (filter, place) => {
      const words = filterWords(filter);
      if ("newest" in place) words.set("limit", String(place.newest));
      else for (const [key, value] of Object.entries(place)) words.set(key, value);
      return (await call("GET", `/timeline?${words.toString()}`)) as TimelinePage;
    },
    summary: async (filter) =>
      (await call("GET", `/timeline/summary?${filterWords(filter).toString()}`)) as TimelineSummary,
  };
}

/** Where the file of these rows is. */
export function exportPath(siteId: string, filter: TimelineFilter, format: "csv" | "json"): string {
  const words = filterWords(filter);
  words.set("format", format);
  return `/api/v1/sites/${encodeURIComponent(siteId)}/timeline/export?${words.toString()}`;
}

function filterWords({ kinds, host, person, from, to, text }: TimelineFilter): URLSearchParams {
  const words = new URLSearchParams();
  if (kinds.length > 0) words.set("kind", kinds.join(","));
  if (host !== null) words.set("host", host);
  if (person !== null) words.set("person", person);
  if (from !== null) words.set("from", String(from));
  if (to !== null) words.set("to", String(to));
  if (text !== "") words.set("text", text);
  return words;
}
