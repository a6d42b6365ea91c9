import { html, nothing, type TemplateResult } from "lit";
import { stateGlyph } from "../components/glyphs.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { foot, topBar } from "../components/top-bar.ts";
import type { Trouble } from "../app/trouble.ts";
import type { App } from "../context/app-context.ts";
import { missing } from "./empty.ts";
import { topOf } from "./page-top.ts";
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
