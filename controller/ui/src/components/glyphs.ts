import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import type { State } from "../words/sentence.ts";

/** Names in the sprite. `v-` verdicts, `l-` lines and `n-` stations are our own; `i-` is Lucide (ISC). */
export type Glyph =
  | "v-clear"
  | "v-watched"
  | "v-suspect"
  | "v-infected"
  | "v-unseen"
  | "v-line"
  | "v-silent"
  | "l-carry"
  | "l-slow"
  | "l-vec"
  | "l-cut"
  | "l-hand"
  | "l-dead"
  | "n-provider"
  | "n-modem"
  | "n-router"
  | "n-box"
  | "n-switch"
  | "i-chevron-left"
  | "i-circle-help"
  | "i-x"
  | "i-check"
  | "i-eye"
  | "i-eye-off"
  | "i-unplug"
  | "i-hand"
  | "i-user"
  | "i-key-round"
  | "i-phone"
  | "i-map-pin"
  | "i-search"
  | "i-cable"
  | "i-list"
  | "i-fleet"
  | "i-plus"
  | "i-link"
  | "i-file-down"
  | "i-sliders"
  | "i-message-square";

/** The sprite that every glyph refers to; stands once in the page. */
export const sprite: TemplateResult = html`<svg class="sprite" width="0" height="0" aria-hidden="true">
  <defs>
    <symbol id="v-clear" viewBox="0 0 16 16">
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path
        d="m5.3 8.3 1.9 1.9 3.6-4.2"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </symbol>
    <symbol id="v-watched" viewBox="0 0 16 16">
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      <circle cx="8" cy="8" r="2.7" fill="currentColor" />
    </symbol>
    <symbol id="v-suspect" viewBox="0 0 16 16">
      <path d="M8 2 14.9 14H1.1Z" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round" />
      <path d="M8 6.6v3.2" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" />
      <circle cx="8" cy="11.8" r=".95" fill="currentColor" />
    </symbol>
    <symbol id="v-infected" viewBox="0 0 16 16"><path d="M8 .4 15.6 8 8 15.6.4 8Z" fill="currentColor" /></symbol>
    <symbol id="v-unseen" viewBox="0 0 16 16">
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.3 2.57" />
    </symbol>
    <symbol id="v-line" viewBox="0 0 16 16">
      <path
        d="M.5 8h3.6M11.9 8h3.6M5.4 5.4l5.2 5.2M10.6 5.4 5.4 10.6"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        stroke-linecap="round"
      />
    </symbol>
    <symbol id="v-silent" viewBox="0 0 16 16">
      <path d="M2 6.2V2h12v4.2M2 9.8V14h12V9.8" fill="none" stroke="currentColor" stroke-width="1.7" />
    </symbol>
    <symbol id="l-carry" viewBox="0 0 32 12"><path d="M1 6h30" /></symbol>
    <symbol id="l-slow" viewBox="0 0 32 12">
      <path d="M1 6h9M22 6h9" />
      <path d="M10 6h12" stroke-width="1" />
      <path d="M10.5 2v8M21.5 2v8" stroke-width="2" />
    </symbol>
    <symbol id="l-vec" viewBox="0 0 32 12">
      <path d="M1 6h30" />
      <path d="M16 .5v11" />
    </symbol>
    <symbol id="l-cut" viewBox="0 0 32 12">
      <path d="M1 6h10M21 6h10" />
      <path d="M11 1.5v9M21 1.5v9" />
    </symbol>
    <symbol id="l-hand" viewBox="0 0 32 12">
      <path d="M1 6h6M25 6h6" />
      <path
        d="M7 6c0-3.4 2-4.6 4.6-4.6v9.2C9 10.6 7 9.4 7 6ZM25 6c0-3.4-2-4.6-4.6-4.6v9.2C23 10.6 25 9.4 25 6Z"
        stroke-width="1.6"
      />
    </symbol>
    <symbol id="l-dead" viewBox="0 0 32 12"><path d="M1 6h30" stroke-dasharray="3 3.75" /></symbol>
    <symbol id="n-provider" viewBox="0 0 24 24">
      <path d="M12 21V10" />
      <path d="M8.5 21h7" />
      <circle cx="12" cy="7" r="2.2" />
      <path d="M7.2 11.2a6.4 6.4 0 0 1 0-8.4M16.8 2.8a6.4 6.4 0 0 1 0 8.4" />
    </symbol>
    <symbol id="n-modem" viewBox="0 0 24 24">
      <rect x="3" y="11" width="18" height="7.5" rx="1.5" />
      <path d="M7 14.8h.01M11 14.8h.01M15 14.8h2.5" />
      <path d="M6.5 7c1.8-2.4 3.7-2.4 5.5 0s3.7 2.4 5.5 0" />
    </symbol>
    <symbol id="n-router" viewBox="0 0 24 24">
      <rect x="3" y="12.5" width="18" height="7" rx="1.5" />
      <path d="M7 16h.01M11 16h.01M17 12.5V6M14.4 7.6a3.7 3.7 0 0 1 5.2 0" />
    </symbol>
    <symbol id="n-box" viewBox="0 0 24 24">
      <path d="M1.5 15H6a6 6 0 0 1 12 0h4.5" />
      <circle cx="12" cy="15" r="2.1" fill="currentColor" stroke="none" />
    </symbol>
    <symbol id="n-switch" viewBox="0 0 24 24">
      <rect x="2.5" y="7.5" width="19" height="9" rx="1.5" />
      <path d="M6 12.8v-1.6M9 12.8v-1.6M12 12.8v-1.6M15 12.8v-1.6M18 12.8v-1.6" stroke-width="2" />
    </symbol>
    <symbol id="i-chevron-left" viewBox="0 0 24 24"><path d="m15 18-6-6 6-6" /></symbol>
    <symbol id="i-circle-help" viewBox="0 0 24 24">
      <circle cx="12" cy="12" r="10" />
      <path d="M9.09 9a3 3 0 0 1 5.83 1c0 2-3 3-3 3" />
      <path d="M12 17h.01" />
    </symbol>
    <symbol id="i-x" viewBox="0 0 24 24">
      <path d="M18 6 6 18" />
      <path d="m6 6 12 12" />
    </symbol>
    <symbol id="i-check" viewBox="0 0 24 24"><path d="M20 6 9 17l-5-5" /></symbol>
    <symbol id="i-eye" viewBox="0 0 24 24">
      <path d="M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 0 .696 10.75 10.75 0 0 1-19.876 0" />
      <circle cx="12" cy="12" r="3" />
    </symbol>
    <symbol id="i-eye-off" viewBox="0 0 24 24">
      <path d="M10.733 5.076a10.744 10.744 0 0 1 11.205 6.575 1 1 0 0 1 0 .696 10.747 10.747 0 0 1-1.444 2.49" />
      <path d="M14.084 14.158a3 3 0 0 1-4.242-4.242" />
      <path d="M17.479 17.499a10.75 10.75 0 0 1-15.417-5.151 1 1 0 0 1 0-.696 10.75 10.75 0 0 1 4.446-5.143" />
      <path d="m2 2 20 20" />
    </symbol>
    <symbol id="i-unplug" viewBox="0 0 24 24">
      <path d="m19 5 3-3" />
      <path d="m2 22 3-3" />
      <path d="M6.3 20.3a2.4 2.4 0 0 0 3.4 0L12 18l-6-6-2.3 2.3a2.4 2.4 0 0 0 0 3.4Z" />
      <path d="M7.5 13.5 10 11" />
      <path d="M10.5 16.5 13 14" />
      <path d="m12 6 6 6 2.3-2.3a2.4 2.4 0 0 0 0-3.4l-2.6-2.6a2.4 2.4 0 0 0-3.4 0Z" />
    </symbol>
    <symbol id="i-hand" viewBox="0 0 24 24">
      <path d="M18 11V6a2 2 0 0 0-2-2a2 2 0 0 0-2 2" />
      <path d="M14 10V4a2 2 0 0 0-2-2a2 2 0 0 0-2 2v2" />
      <path d="M10 10.5V6a2 2 0 0 0-2-2a2 2 0 0 0-2 2v8" />
      <path d="M18 8a2 2 0 1 1 4 0v6a8 8 0 0 1-8 8h-2c-2.8 0-4.5-.86-5.99-2.34l-3.6-3.6a2 2 0 0 1 2.83-2.82L7 15" />
    </symbol>
    <symbol id="i-map-pin" viewBox="0 0 24 24">
      <path d="M20 10c0 4.993-5.539 10.193-7.399 11.799a1 1 0 0 1-1.202 0C9.539 20.193 4 14.993 4 10a8 8 0 0 1 16 0" />
      <circle cx="12" cy="10" r="3" />
    </symbol>
    <symbol id="i-search" viewBox="0 0 24 24">
      <path d="m21 21-4.34-4.34" />
      <circle cx="11" cy="11" r="8" />
    </symbol>
    <symbol id="i-cable" viewBox="0 0 24 24">
      <path d="M17 19a1 1 0 0 1-1-1v-2a2 2 0 0 1 2-2h2a2 2 0 0 1 2 2v2a1 1 0 0 1-1 1z" />
      <path d="M17 21v-2" />
      <path d="M19 14V6.5a1 1 0 0 0-7 0v11a1 1 0 0 1-7 0V10" />
      <path d="M21 21v-2" />
      <path d="M3 5V3" />
      <path d="M4 10a2 2 0 0 1-2-2V6a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1v2a2 2 0 0 1-2 2z" />
      <path d="M7 5V3" />
    </symbol>
    <symbol id="i-list" viewBox="0 0 24 24">
      <path d="M3 5h.01" />
      <path d="M3 12h.01" />
      <path d="M3 19h.01" />
      <path d="M8 5h13" />
      <path d="M8 12h13" />
      <path d="M8 19h13" />
    </symbol>
    <symbol id="i-link" viewBox="0 0 24 24">
      <path d="M10 13a5 5 0 0 0 7.54.54l3-3a5 5 0 0 0-7.07-7.07l-1.72 1.71" />
      <path d="M14 11a5 5 0 0 0-7.54-.54l-3 3a5 5 0 0 0 7.07 7.07l1.71-1.71" />
    </symbol>
    <symbol id="i-file-down" viewBox="0 0 24 24">
      <path
        d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0 0 1-2 2z"
      />
      <path d="M14 2v5a1 1 0 0 0 1 1h5" />
      <path d="M12 18v-6" />
      <path d="m9 15 3 3 3-3" />
    </symbol>
    <symbol id="i-sliders" viewBox="0 0 24 24">
      <path d="M21 4h-7M10 4H3M21 12h-9M8 12H3M21 20h-5M12 20H3M14 2v4M8 10v4M16 18v4" />
    </symbol>
    <symbol id="i-message-square" viewBox="0 0 24 24">
      <path
        d="M22 17a2 2 0 0 1-2 2H6.828a2 2 0 0 0-1.414.586l-2.202 2.202A.71.71 0 0 1 2 21.286V5a2 2 0 0 1 2-2h16a2 2 0 0 1 2 2z"
      />
    </symbol>
    <symbol id="i-user" viewBox="0 0 24 24">
      <path d="M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2" />
      <circle cx="12" cy="7" r="4" />
    </symbol>
    <symbol id="i-key-round" viewBox="0 0 24 24">
      <path
        d="M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z"
      />
      <circle cx="16.5" cy="7.5" r=".5" fill="currentColor" />
    </symbol>
    <symbol id="i-phone" viewBox="0 0 24 24">
      <path
        d="M13.832 16.568a1 1 0 0 0 1.213-.303l.355-.465A2 2 0 0 1 17 15h3a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2A18 18 0 0 1 2 4a2 2 0 0 1 2-2h3a2 2 0 0 1 2 2v3a2 2 0 0 1-.8 1.6l-.468.351a1 1 0 0 0-.292 1.233 14 14 0 0 0 6.392 6.384"
      />
    </symbol>
    <symbol id="i-fleet" viewBox="0 0 24 24">
      <path d="m21 16-4 4-4-4" />
      <path d="M17 20V4" />
      <path d="m3 8 4-4 4 4" />
      <path d="M7 4v16" />
    </symbol>
    <symbol id="i-plus" viewBox="0 0 24 24"><path d="M5 12h14M12 5v14" /></symbol>
  </defs>
</svg>`;

function use(name: Glyph, classes: string): SVGTemplateResult {
  return svg`<svg class=${classes} aria-hidden="true"><use href=${`#${name}`}></use></svg>`;
}

/** A 20 px icon, 16 px with size `s`, 22 px in a station. Decoration: the word stands beside it. */
export function icon(name: Glyph, size: "" | "s" | "station" = ""): SVGTemplateResult {
  return use(name, `i ${size}`);
}

/** The shape of a verdict or state in its colour; 16 px, `l` 22 px, `xl` 28 px. */
export function stateGlyph(state: State, size: "" | "l" | "xl" = ""): SVGTemplateResult {
  return use(`v-${state}`, `g ${size} v-${state}`);
}

/** The shape of a machine's line. */
export function lineGlyph(glyph: "carry" | "slow" | "vec" | "cut" | "asked" | "hand"): SVGTemplateResult {
  return use(glyph === "asked" ? "l-dead" : `l-${glyph}`, "ln");
}
