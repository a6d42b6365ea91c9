import { html, nothing, type TemplateResult } from "lit";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { stateGlyph } from "../components/glyphs.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { foot, topBar } from "../components/top-bar.ts";
import type { Trouble } from "../app/trouble.ts";
import type { App } from "../context/app-context.ts";
import { missing } from "./empty.ts";
import { msg } from "../language/message.ts";

/** Before the first answer: nothing while it is quick, else what is wrong with cause and next step. */
export function waiting(app: App): TemplateResult {
  const { trouble } = app.state;
  if (trouble?.code === "unknown-site") return missing(app, trouble.cause, "/", msg`Fleet`);
  return html`${topBar(app, [], null)}
    <main>
      ${
        trouble === null
          ? nothing
          : html`<section class="say" role="alert">
              ${stateGlyph("silent", "xl")}
              <div class="verdict"><h1 tabindex="-1">${trouble.cause}</h1></div>
              <p class="why">${trouble.next}</p>
            </section>`
      }
    </main>`;
}

/** The same of a page that asks for something of its own: what it would say of an empty answer is not said of none. */
export function unanswered(app: App, name: string, trouble: Trouble | null): TemplateResult {
  if (trouble === null) return waiting(app);
  return html`${topOf(app, name)}
    <main>${pageSentence({ state: "silent", title: trouble.cause, cause: trouble.next })} ${foot(app)}</main>`;
}

/** What stands above a page that is of no site: the way there, and at the box where one is. */
export function topOf(app: App, name: string): TemplateResult {
  const crumbs = [
    { text: msg`Fleet`, path: "/" },
    { text: name, path: "" },
  ];
  return html`${topBar(app, crumbs, null)} ${bannerBar(bannerOf(app.state, null))}`;
}
