import { html, type TemplateResult } from "lit";
import { icon, stateGlyph, type Glyph } from "../components/glyphs.ts";
import { foot, topBar } from "../components/top-bar.ts";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";

const ghosts: readonly Glyph[] = ["n-provider", "n-modem", "n-router", "n-box", "n-switch"];

function ghostName(glyph: Glyph): string {
  switch (glyph) {
    case "n-provider":
      return msg`Provider`;
    case "n-modem":
      return msg`Modem`;
    case "n-router":
      return msg`Router`;
    case "n-switch":
      return msg`Switch`;
    default:
      return "Cordon";
  }
}

/** What an empty page teaches: where the box goes and which plug moves. */
export function emptyLine(app: App, machines: string): TemplateResult {
  return html`<div class="line ghost">
      ${ghosts.map(
        (glyph) =>
          html`<div class=${glyph === "n-box" ? "st box" : "st"}>
            <span class="nd">${icon(glyph, "station")}</span
            ><b>${ghostName(glyph)}</b>${glyph === "n-box" ? html`<span>${msg`goes here`}</span>` : ""}
          </div>`,
      )}
      <div class="drops">
        <ul aria-hidden="true" class="few">
          ${Array.from({ length: 12 }, () => html`<li><i class="d un"></i>${stateGlyph("unseen")}</li>`)}
        </ul>
        <div class="lb"><span>${machines}</span></div>
      </div>
    </div>
    ${boxSteps(app)}`;
}

/** How a box comes to a site: three steps. */
function boxSteps({ actions }: App): TemplateResult {
  return html`<ol class="steps">
    <li>
      <i>1</i>
      <h2>${msg`Prepare it`}</h2>
      <p>
        ${msg`“Add a box” asks what there is to know of the site, and gives you the box’s image and its label. Write the image to a card, and put that into the box.`}
      </p>
    </li>
    <li>
      <i>2</i>
      <h2>${msg`Put it in the line`}</h2>
      <p>
        ${msg`Pull the cable that goes from router to switch. Put it into the outside port, and a new cable from the inside port to the switch. No power? Join the two cables’ ends again.`}
      </p>
      <button class="btn" @click=${() => actions.open({ kind: "wiring", place: null })}>${msg`Wiring sheet`}</button>
    </li>
    <li>
      <i>3</i>
      <h2>${msg`Wait for its call`}</h2>
      <p>
        ${msg`The box calls out by itself; nothing at the site needs an open port. It appears here with its first words.`}
      </p>
    </li>
  </ol>`;
}

/** Something that does not exist (any more), and the way back. */
export function missing(app: App, title: string, path: string, back: string): TemplateResult {
  return html`${topBar(
      app,
      [
        { text: back, path },
        { text: msg`Not found`, path: "" },
      ],
      null,
    )}
    <main>
      <section class="say">
        ${stateGlyph("unseen", "xl")}
        <div class="verdict"><h1 tabindex="-1">${title}</h1></div>
        <p class="why">${msg`It may have been taken away, or the address is not complete.`}</p>
        <div class="do"><a class="btn pri" href=${path}>${msg`Back to ${back}`}</a></div>
      </section>
      ${foot(app)}
    </main>`;
}
