import { html, nothing, type TemplateResult } from "lit";
import { sitePath, walkPath } from "../app/route.ts";
import { timelinePath } from "../app/timeline-filter.ts";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";
import { icon, type Glyph } from "./glyphs.ts";

type Tab = "site" | "walk" | "timeline" | "fleet";

interface Place {
  readonly tab: Tab;
  readonly path: string;
  readonly word: string;
  readonly glyph: Glyph;
}

function places(siteId: string): readonly Place[] {
  return [
    { tab: "site", path: sitePath(siteId), word: msg`Site`, glyph: "i-cable" },
    { tab: "walk", path: walkPath(siteId), word: msg`Walk`, glyph: "i-unplug" },
    { tab: "timeline", path: timelinePath(siteId), word: msg`Time line`, glyph: "i-list" },
    { tab: "fleet", path: "/", word: msg`Fleet`, glyph: "i-fleet" },
  ];
}

/** The pages of a site, under the bar. */
export function siteTabs(siteId: string, current: Tab): TemplateResult {
  return html`<nav class="tabs only-d" aria-label=${msg`Site pages`}>
    ${places(siteId)
      .filter(({ tab }) => tab !== "fleet")
      .map(
        ({ tab, path, word }) => html`<a href=${path} aria-current=${tab === current ? "page" : "false"}>${word}</a>`,
      )}
  </nav>`;
}

/** The same on a phone, at its foot. */
export function siteDock(siteId: string, current: Tab): TemplateResult {
  return html`<nav class="dock only-p" aria-label=${msg`Pages`}>
    ${places(siteId).map(({ tab, path, word, glyph }) => html`<a href=${path} aria-current=${tab === current ? "page" : "false"}>${icon(glyph)}${word}</a>`)}
  </nav>`;
}

/** On a phone, where no one site is shown. */
export function fleetDock({ state, actions }: App): TemplateResult {
  const { session } = state;
  const mayAdd = session.kind === "signed-in" && session.rights.includes("run");
  return html`<nav class="dock only-p" aria-label=${msg`Pages`}>
    <a href="/" aria-current="page">${icon("i-fleet")}${msg`Fleet`}</a>
    ${
      mayAdd
        ? html`<button @click=${() => actions.open({ kind: "box" })}>${icon("i-plus")}${msg`Add a box…`}</button>
            <a href="/notifications">${icon("i-message-square")}${msg`Notifications`}</a>`
        : nothing
    }
    <a href="/settings">${icon("i-sliders")}${msg`Settings`}</a>
  </nav>`;
}
