import { html, nothing, svg, type TemplateResult } from "lit";
import type { App } from "../context/app-context.ts";
import type { SensorView } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";
import { addBox } from "./add-box.ts";
import { nameOfAuthor } from "../words/author.ts";
import { roleInSentence } from "../words/people.ts";
import { utc } from "../words/time.ts";
import { icon } from "./glyphs.ts";
import { languageChoice } from "./language-choice.ts";

interface Crumb {
  readonly text: string;
  readonly path: string;
}

/** The mark on the line: a half circle round a point. */
const mark = svg`<svg class="hop" viewBox="0 0 52 36" aria-hidden="true">
  <path class="bg" d="M10.8 28.5h30.4"></path>
  <path class="arc" d="M10.2 29v-.5a15.8 15.8 0 0 1 31.6 0v.5"></path>
  <circle class="dot" cx="26" cy="28.5" r="5"></circle>
</svg>`;

/** The rule under the bar is the line. The last crumb is the page itself. */
export function topBar(app: App, crumbs: readonly Crumb[], box: SensorView | null): TemplateResult {
  const parent = crumbs.at(-2);
  const isSignedIn = app.state.session.kind === "signed-in";
  return html`<header class=${parent === undefined ? "bar" : "bar inside"}>
    ${mark}
    <a class="brand" href="/">Cordon</a>
    ${
      parent === undefined
        ? nothing
        : html`<a class="back" href=${parent.path} aria-label=${msg`Back to ${parent.text}`}
            >${icon("i-chevron-left")}</a
          >`
    }
    <nav class="where" aria-label=${msg`Where you are`}>
      <ol class="crumbs">
        ${crumbs.map((crumb, i) =>
          i === crumbs.length - 1
            ? html`<li aria-current="page">${crumb.text}</li>`
            : html`<li><a href=${crumb.path}>${crumb.text}</a></li>
                <li class="sep" aria-hidden="true">/</li>`,
        )}
      </ol>
    </nav>
    ${isSignedIn ? html`<div class="end">${findButton(app)}${boxState(box)}${liveState(app)}${helpButton(app)}${me(app)}</div>` : nothing}
  </header>`;
}

function boxState(box: SensorView | null): TemplateResult | typeof nothing {
  if (box === null || box.state === "never-seen") return nothing;
  const isOnline = box.state === "online";
  return html`<span class="pres only-d">
    ${presenceGlyph(isOnline)}<span
      >${isOnline ? msg`Box ${box.id} online` : msg`Box ${box.id} silent`}${box.software === null ? nothing : html`<span class="x">${msg`, version ${box.software}`}</span>`}</span
    >
  </span>`;
}

/** Full square: online. Square with gaps: silent. */
export function presenceGlyph(isOnline: boolean): TemplateResult {
  return isOnline
    ? html`<svg viewBox="0 0 10 10" aria-hidden="true">
        <rect x="1" y="1" width="8" height="8" fill="currentColor"></rect>
      </svg>`
    : html`<svg viewBox="0 0 10 10" aria-hidden="true">
        <path d="M1 4V1h8v3M1 6v3h8V6" fill="none" stroke="currentColor" stroke-width="1.5"></path>
      </svg>`;
}

function liveState({ state }: App): TemplateResult {
  if (state.live === "live" && state.trouble === null) {
    return html`<span class="live" title=${utc(state.now)}
      ><i aria-hidden="true"></i><span>${msg`Live, ${state.time.clockWithZone(state.now)}`}</span></span
    >`;
  }
  const text = state.asOf === null ? msg`Connecting` : msg`Not live, as of ${state.time.clockWithZone(state.asOf)}`;
  return html`<span class="live off" title=${text}><i aria-hidden="true"></i><span>${text}</span></span>`;
}

function findButton({ actions }: App): TemplateResult {
  const open = (): void => actions.open({ kind: "find" });
  return html`<button class="find" @click=${open}>
    ${icon("i-search", "s")}<span>${msg`Find a machine or site`}</span><kbd>/</kbd>
  </button>`;
}

/** Who is signed in, by the first letters of the name. */
function me({ state: { session } }: App): TemplateResult | typeof nothing {
  if (session.kind !== "signed-in") return nothing;
  const letters = session.name
    .split(/[\s.@-]+/)
    .slice(0, 2)
    .map((part) => part.slice(0, 1).toUpperCase())
    .join("");
  const label = msg`Signed in as ${nameOfAuthor(session.name)}, ${roleInSentence[session.role]}`;
  return html`<span class="me only-d" role="img" aria-label=${label} title=${label}>${letters}</span>`;
}

function helpButton(app: App): TemplateResult {
  return html`<button
    class="icon-btn only-d"
    aria-label=${msg`Keys`}
    @click=${() => app.actions.open({ kind: "keys" })}
  >
    ${icon("i-circle-help")}
  </button>`;
}

/** Who is signed in, at the foot of every page. */
export function foot(app: App): TemplateResult | typeof nothing {
  const { session } = app.state;
  if (session.kind !== "signed-in") return nothing;
  return html`<footer class="foot">
    <span>${msg`Signed in as ${nameOfAuthor(session.name)}, ${roleInSentence[session.role]}`}</span>
    <a class="btn quiet sm" href="/settings">${msg`Settings`}</a>
    ${
      // These concern the controller as a whole.
      session.rights.includes("run")
        ? html`<span class="ways-on"
            ><a class="btn quiet sm" href="/people">${msg`People`}</a>
            <a class="btn quiet sm" href="/notifications">${msg`Notifications`}</a>
            <a class="btn quiet sm" href="/updates">${msg`Updates`}</a>
            <a class="btn quiet sm" href="/refusals">${msg`Refused`}</a>
            ${addBox(app)}</span
          >`
        : nothing
    }
    ${languageChoice(app)}
    <button class="btn quiet sm" @click=${() => void app.actions.signOut()}>${msg`Sign out`}</button>
  </footer>`;
}
