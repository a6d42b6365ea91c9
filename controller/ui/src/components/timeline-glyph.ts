import type { TemplateResult } from "lit";
import { html, nothing } from "lit";
import type { TimelineEntry } from "../../../src/api/timeline-view.ts";
import { icon, lineGlyph, stateGlyph } from "./glyphs.ts";

/** The shape that a row's line goes through: of the verdict, of what was done, or of what it is about. */
export function timelineGlyph({ kind, what, detail, person }: TimelineEntry): TemplateResult {
  switch (kind) {
    case "verdict":
      switch (what) {
        case "verdict-infected":
          return html`${stateGlyph("infected")}`;
        case "verdict-suspect":
          return html`${stateGlyph("suspect")}`;
        case "verdict-watched":
          return html`${stateGlyph("watched")}`;
        default:
          return html`${stateGlyph(what === "host-seen" ? "unseen" : "clear")}`;
      }
    case "action":
      // Accent is for what a box has reported.
      return html`<span class=${person === null && what !== "containment-refused" ? "did" : ""}
        >${lineGlyph(lineOf(what, detail))}</span
      >`;
    case "line":
      return html`${what === "line-dead" ? stateGlyph("line") : icon("i-cable")}`;
    case "box":
      return html`${what === "box-silent" ? stateGlyph("silent") : icon("n-box")}`;
    case "evidence":
      return html`${icon("i-search")}`;
    case "policy":
      return html`${icon("i-sliders")}`;
    case "people":
      return html`${icon("i-message-square")}`;
    default:
      return html`${nothing}`;
  }
}

function lineOf(what: string, detail: TimelineEntry["detail"]): Parameters<typeof lineGlyph>[0] {
  if (/released|expired/.test(what)) return "carry";
  if (what === "containment-asked") {
    return detail["kind"] === "quarantine" ? "asked" : detail["kind"] === "vector" ? "vec" : "slow";
  }
  return what.startsWith("barrier") || detail["scope"] === "barrier"
    ? "vec"
    : what.endsWith("-asked")
      ? "asked"
      : "cut";
}
