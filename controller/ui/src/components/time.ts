import { html, type TemplateResult } from "lit";
import type { TimeWords } from "../words/time.ts";
import { iso, utc } from "../words/time.ts";

/** A point in time in words, with UTC on hover. */
function timeTag(at: number, words: string): TemplateResult {
  return html`<time datetime=${iso(at)} title=${utc(at)}>${words}</time>`;
}

/** "14:02:11", or with the day where it is another. */
export function momentTag(at: number, now: number, time: TimeWords): TemplateResult {
  return timeTag(at, time.moment(at, now));
}
