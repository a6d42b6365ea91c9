/** What the walk page is made of: the line with whoever answers, the lists, and one big thing that was found. */
import { html, nothing, type TemplateResult } from "lit";
import type { HostView, SensorView, SiteView } from "../../../src/api/view.ts";
import type { WalkFindingView } from "../../../src/api/walk-view.ts";
import type { App } from "../context/app-context.ts";
import { hostPath } from "../app/route.ts";
import { msg, plural } from "../language/message.ts";
import { lineOf } from "../words/containment.ts";
import { hostName, verdictWords } from "../words/host.ts";
import { dialOf } from "../words/particulars.ts";
import { delay } from "../words/time.ts";
import { namesOf, whereabouts, whyNoCable, type Walked, type walkLists } from "../words/walk.ts";
import { foldedDrops } from "./folded-drops.ts";
import { icon, stateGlyph } from "./glyphs.ts";
import { needs } from "./right.ts";

type Lists = ReturnType<typeof walkLists>;

/** One line that says whether the box listens; with a dot that lives only while it does. */
export function armLine(isLive: boolean, text: string): TemplateResult {
  return html`<p class="arm" role="status">
    <span class=${isLive ? "live" : "live off"}><i aria-hidden="true"></i></span>${text}
  </p>`;
}

/** The line with a drop for each machine that answers; a gap where one fell silent. */
export function walkDrops({ onLine }: Lists, box: SensorView): TemplateResult | typeof nothing {
  if (onLine.length === 0) return nothing;
  const gone = new Set(onLine.filter(({ state }) => state === "gone").map(({ host }) => host.host));
  const { shown } = foldedDrops(onLine.map(({ host }) => host));
  const said =
    gone.size === 0
      ? plural(onLine.length, "{n} wired machine on the line", "{n} wired machines on the line")
      : msg`${plural(onLine.length, "{n} wired machine on the line", "{n} wired machines on the line")}, ${plural(gone.size, "{n} of them silent", "{n} of them silent")}`;
  return html`<div class="drops wd" role="img" aria-label=${said}>
    <ul aria-hidden="true" class=${shown.length > 24 ? "many" : shown.length > 12 ? "some" : "few"}>
      ${shown.map(
        (host) =>
          html`<li>
            <i class="d ${gone.has(host.host) ? "gone" : dropOf(host, box)}"></i>${stateGlyph(host.verdict)}
          </li>`,
      )}
    </ul>
  </div>`;
}

function dropOf(host: HostView, box: SensorView): string {
  const { glyph, tone } = lineOf(host, box);
  const kind = glyph === "vec" ? "mail" : glyph === "cut" || glyph === "slow" ? glyph : "";
  return `${kind} ${tone}`;
}

/** A machine that fell silent, so large that it is read with a cable in the hand. */
export function foundBlock(host: HostView, word?: string): TemplateResult {
  return html`<section class="found v-${host.verdict}">
    <span class="word v-${host.verdict}">${stateGlyph(host.verdict, "l")}${word ?? verdictWords[host.verdict]}</span>
    <h1 class="nm" tabindex="-1">${hostName(host)}</h1>
    <p>${whereabouts(host).map((line, i) => html`${i === 0 ? nothing : html`<br />`}${line}`)}</p>
  </section>`;
}

/** Something that names nobody. */
export function troubleBlock(title: string, text: string): TemplateResult {
  return html`<section class="found notice">
    <h1 class="nm" tabindex="-1">${title}</h1>
    <p>${text}</p>
  </section>`;
}

/** When it fell silent, and how soon that was told. */
export function silentWords(finding: WalkFindingView, { state }: App): string {
  const { heardAt, toldAt } = finding;
  if (heardAt === null) return "";
  return msg`Last heard ${state.time.clock(heardAt)}; told ${delay(toldAt - heardAt)} later.`;
}

/** The machines that have to be found, and what became of those that were. */
export function walkRows(app: App, site: SiteView, lists: Lists): TemplateResult {
  const { toFind, without, found, wrong } = lists;
  const { time } = app.state;
  const row = (host: HostView, text: string, isDone = false): TemplateResult => todoRow(app, site, host, text, isDone);
  const when = ({ since }: Walked): string => msg`Silent since ${time.clock(since)}`;
  const nobody = toFind.length === 0 && without.length === 0 && found.length === 0;
  return html`<div class="head strong">
      <h2>${msg`To find`}</h2>
      <span class="r">${plural(toFind.length, "{n} machine", "{n} machines")}</span>
    </div>
    ${
      toFind.length === 0
        ? html`<p class="none">
            ${nobody ? msg`Nothing is held against any machine here. Any cable you pull is named all the same.` : msg`All that have a cable are found.`}
          </p>`
        : html`<ul class="todo">
            ${toFind.map(({ host }) => row(host, whereabouts(host).toReversed().join(". ")))}
          </ul>`
    }
    ${
      found.length === 0
        ? nothing
        : section(
            msg`Found`,
            found.map((one) => row(one.host, when(one), true)),
          )
    }
    ${
      wrong.length === 0
        ? nothing
        : section(
            msg`Silent as well, and not meant to be`,
            wrong.map((one) => row(one.host, when(one))),
          )
    }
    ${
      without.length === 0
        ? nothing
        : section(
            msg`No cable to pull`,
            without.map(({ host, state }) => row(host, [whyNoCable(state), ...ownerWords(host)].join(" "))),
          )
    }`;
}

/** Who is asked where there is no cable to follow. */
function ownerWords({ particulars }: HostView): readonly string[] {
  const { owner = "" } = particulars ?? {};
  return owner === "" ? [] : [msg`Find its owner: ${owner}.`];
}

function section(title: string, rows: readonly TemplateResult[]): TemplateResult {
  return html`<div class="head">
      <h2>${title}</h2>
    </div>
    <ul class="todo">
      ${rows}
    </ul>`;
}

function todoRow(app: App, site: SiteView, host: HostView, text: string, isDone: boolean): TemplateResult {
  const { owner = "", phone = "" } = host.particulars ?? {};
  const dial = dialOf(phone);
  const name = hostName(host);
  return html`<li>
    ${isDone ? icon("i-check") : stateGlyph(host.verdict, "l")}
    <a class="to" href=${hostPath(site.id, host.host)}><b>${name}</b><small>${text}</small></a>
    ${
      dial === null
        ? html`<button
            class="icon-btn"
            aria-label=${msg`Say where ${name} stands`}
            ${needs(app, "set")}
            @click=${() => app.actions.open({ kind: "particulars", host: host.host })}
          >
            ${icon("i-map-pin")}
          </button>`
        : html`<a class="icon-btn" href=${dial} aria-label=${msg`Call ${owner === "" ? phone : owner}`}
            >${icon("i-phone")}</a
          >`
    }
  </li>`;
}

/** Those of a finding, each by its name, below the sentence that names nobody. */
export function silentNames({ hosts }: WalkFindingView, site: SiteView): string {
  return namesOf(hosts, site.hosts);
}
