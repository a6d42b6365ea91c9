import { html, nothing, type TemplateResult } from "lit";
import { stateGlyph } from "../components/glyphs.ts";
import { topBar } from "../components/top-bar.ts";
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
