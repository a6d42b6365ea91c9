/** The walk page's one thing at a time: what is shown in each scene, and the buttons under it. */
import type { WalkMachine } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import type { WalkFindingView, WalkView } from "../../../src/api/walk-view.ts";
import type { App } from "../context/app-context.ts";
import { msg, plural } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { span } from "../words/time.ts";
import { obstacleWords, overWords, walkLists, type WalkScene } from "../words/walk.ts";
import { icon, stateGlyph } from "./glyphs.ts";
import { needs, whyNot } from "./right.ts";
import { armLine, foundBlock, silentNames, silentWords, troubleBlock, walkDrops, walkRows } from "./walk-parts.ts";

export interface WalkContext {
  readonly app: App;
  readonly site: SiteView;
  readonly view: WalkView;
  readonly mayAct: boolean;
  readonly isBusy: boolean;
  /** Why the last request failed. */
  readonly trouble: TemplateResult | typeof nothing;
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  /** A finding was read, and is done with. */
  readonly onDone: (finding: WalkFindingView) => void;
}

/** What the page shows of a scene. */
export function walkSceneView(context: WalkContext, scene: WalkScene): TemplateResult {
  const { app } = context;
  switch (scene.kind) {
    case "obstacle":
      return obstacle(context);
    case "idle":
      return idle(context, scene);
    case "starting":
      return listening(context, armLine(true, msg`The box asks who is there. Do not pull yet.`), {
        title: msg`One moment.`,
        text: msg`Only who answers now can be told later.`,
      });
    case "unheard":
      return listening(context, armLine(false, msg`Nothing heard for ${span(app.state.now - scene.since)}.`), {
        title: msg`Do not pull now: nobody would tell you whose it was.`,
        text: msg`The box says nothing at this moment. It may be its line, or this phone’s. This page goes on by itself when it is heard.`,
      });
    case "listening":
      return listening(context, armed(context), {
        title: msg`Pull a cable and I tell you whose it was.`,
        text: msg`Any cable. If it is the wrong one I say so, and you plug it back in.`,
      });
    case "gone":
      return gone(context, scene);
    case "again":
      return again(context, scene);
    case "together":
    case "everything":
    case "own-link":
      return nobody(context, scene);
  }
}

function gone(context: WalkContext, { finding, host, isRight }: Extract<WalkScene, { kind: "gone" }>): TemplateResult {
  const { app, mayAct, onDone } = context;
  return html`${armed(context)} ${drops(context)} ${foundBlock(host)}
    <p class="order">${isRight ? msg`Right one. Leave it unplugged.` : msg`Wrong one. Plug it back in.`}</p>
    <p class="mid">
      ${silentWords(finding, app)}
      ${isRight ? msg`If it speaks again, this page says so.` : msg`I say when it is back.`}
      ${msg`No cable pulled just now? Then it was switched off or went to sleep.`}
    </p>
    ${foot(
      html`${isRight ? next(context, finding) : nothing}
      ${
        isRight && mayAct
          ? html`<button
              class="btn big wide"
              ${needs(app, "set")}
              @click=${() => app.actions.open({ kind: "particulars", host: host.host })}
            >
              ${icon("i-map-pin")}${msg`Add a photo of the place`}
            </button>`
          : nothing
      }
      ${
        isRight
          ? html`<button class="btn quiet wide" @click=${() => onDone(finding)}>
              ${msg`That was not ${hostName(host)}`}
            </button>`
          : html`<button class="btn big wide" @click=${() => onDone(finding)}>${msg`Leave it out on purpose`}</button>`
      }`,
    )}`;
}

function again(context: WalkContext, { finding, host }: Extract<WalkScene, { kind: "again" }>): TemplateResult {
  const at = context.app.state.time.clock(finding.at);
  return html`${armed(context)} ${drops(context)} ${foundBlock(host, msg`Speaks again`)}
    <p class="order">${msg`${hostName(host)} is plugged in again.`}</p>
    <p class="mid">${msg`Heard again ${at}. Pull its cable once more, or leave it in on purpose.`}</p>
    ${foot(next(context, finding))}`;
}

/** Something that names nobody. */
function nobody(
  context: WalkContext,
  { kind, finding }: Extract<WalkScene, { kind: "together" | "everything" | "own-link" }>,
): TemplateResult {
  const { app, site, onDone } = context;
  return html`${kind === "own-link" ? armLine(false, msg`Not listening.`) : armed(context)} ${drops(context)}
    ${nobodyBlock(kind, finding, site)}
    <p class="order">${msg`Plug it back in.`}</p>
    <p class="mid">${silentWords(finding, app)} ${msg`Then pull the machines’ own cables, one at a time.`}</p>
    ${foot(html`<button class="btn big wide" @click=${() => onDone(finding)}>${msg`Go on without them`}</button>`)}`;
}

function nobodyBlock(
  kind: "together" | "everything" | "own-link",
  finding: WalkFindingView,
  site: SiteView,
): TemplateResult {
  const { hosts } = finding;
  const names = silentNames(finding, site);
  if (kind === "own-link") {
    return troubleBlock(
      msg`You pulled the box’s own cable`,
      msg`The cable from the box to the switch leads to nothing. Until it is back nobody can be told from anybody.`,
    );
  }
  if (kind === "together") {
    return troubleBlock(
      plural(hosts.length, "{n} machine fell silent at once", "{n} machines fell silent at once"),
      msg`One cable or a small switch feeds them all: ${names}.`,
    );
  }
  return troubleBlock(
    msg`Nobody answers any more`,
    hosts.length === 1
      ? msg`${names} was the last one that answered. It was its cable, or the switch’s.`
      : msg`It is the switch, its power, or the cable from the box to it. No machine is to be named by that.`,
  );
}

function idle(context: WalkContext, { last }: Extract<WalkScene, { kind: "idle" }>): TemplateResult {
  const { app, site, mayAct, isBusy, trouble, onBegin } = context;
  const begin = mayAct
    ? html`<button class="btn pri big wide" ?disabled=${isBusy} @click=${onBegin}>
        ${last === null ? msg`Start listening` : msg`Listen again`}
      </button>`
    : html`<p class="none">${whyNot(app, "act")}</p>`;
  return html`${armLine(false, msg`Not listening.`)}
    <h1 tabindex="-1">${last === null ? msg`Pull a cable, and this page says whose it was.` : overWords(last)}</h1>
    <p class="mid">
      ${msg`The box asks each machine twice a second whether it is there, for ten minutes at most, and only while this page is open. Nothing else changes.`}
    </p>
    ${walkRows(app, site, walkLists({ machines: last?.machines ?? presumed(site.hosts) }, site))}
    ${foot(html`${trouble}${begin}`)}`;
}

function obstacle({ app, site, view }: WalkContext): TemplateResult {
  const { why, byHand } = obstacleWords[view.obstacle ?? "no-box"];
  return html`<section class="say">
      ${stateGlyph("silent", "xl")}
      <div class="verdict"><h1 tabindex="-1">${msg`Nobody can tell you here whose cable it is.`}</h1></div>
      <p class="why">${why}</p>
    </section>
    <div class="head strong">
      <h2>${icon("i-hand")}${msg`By hand`}</h2>
    </div>
    <p class="mid">${byHand}</p>
    ${site.hosts.length === 0 ? nothing : walkRows(app, site, walkLists({ machines: presumed(site.hosts) }, site))}`;
}

function listening(
  context: WalkContext,
  arm: TemplateResult,
  { title, text }: { readonly title: string; readonly text: string },
): TemplateResult {
  const { app, site, view, mayAct, isBusy, trouble, onEnd } = context;
  return html`${arm} ${drops(context)}
    <h1 tabindex="-1">${title}</h1>
    <p class="mid">${text}</p>
    ${view.walk === null ? nothing : walkRows(app, site, walkLists(view.walk, site))}
    ${foot(
      html`${trouble}
      ${
        mayAct
          ? html`<button class="btn big wide" ?disabled=${isBusy} @click=${onEnd}>${msg`Stop listening`}</button>`
          : nothing
      }`,
    )}`;
}

function armed({ view, site }: WalkContext): TemplateResult {
  const answering = view.walk === null ? 0 : walkLists(view.walk, site).answering;
  return armLine(true, plural(answering, "Armed. {n} wired machine answers.", "Armed. {n} wired machines answer."));
}

function drops({ view, site }: WalkContext): TemplateResult | typeof nothing {
  return view.walk === null ? nothing : walkDrops(walkLists(view.walk, site), site.sensor);
}

function next({ view, site, onDone }: WalkContext, finding: WalkFindingView): TemplateResult {
  const left = view.walk === null ? 0 : walkLists(view.walk, site).toFind.length;
  return html`<button class="btn pri big wide" @click=${() => onDone(finding)}>
    ${left === 0 ? msg`Done: none left to find` : plural(left, "Next: {n} left to find", "Next: {n} left to find")}
  </button>`;
}

function foot(content: TemplateResult): TemplateResult {
  return html`<div class="do-next">${content}</div>`;
}

/** Where nobody was asked, all hang on the line as far as anybody knows. */
function presumed(hosts: readonly HostView[]): readonly WalkMachine[] {
  return hosts.map(({ host }) => ({ host, state: "answering", since: 0 }));
}
