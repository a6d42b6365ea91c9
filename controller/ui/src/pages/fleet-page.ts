import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { SiteSummary } from "../../../src/api/view.ts";
import type { Command } from "../app/keys.ts";
import { sitePath } from "../app/route.ts";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { icon, stateGlyph } from "../components/glyphs.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { fleetDock } from "../components/site-tabs.ts";
import { foot, presenceGlyph, topBar } from "../components/top-bar.ts";
import { fleetSentence, needsPerson, siteState, worstFirst, type State } from "../words/sentence.ts";
import { emptyLine } from "./empty.ts";
import { PageElement } from "./page-element.ts";
import { waiting } from "./waiting.ts";
import { said } from "../language/said.ts";
import { msg, plural, rich, words } from "../language/message.ts";
import { momentTag } from "../components/time.ts";
import { sentence } from "../words/host.ts";

const stateWords = words<Readonly<Record<State, string>>>({
  infected: "Infected",
  suspect: "Suspect",
  watched: "Watched",
  clear: "Clear",
  unseen: "Not yet seen",
  line: "Line dead",
  silent: "Box silent",
});

type Group = "need" | "watch" | "clear" | "silent";

const groupWords = words<Readonly<Record<Group, string>>>({
  need: "Need you",
  watch: "Under watch",
  clear: "Clear // sites",
  silent: "Box silent",
});

const isWatched = (site: SiteSummary): boolean => !needsPerson(site) && siteState(site) !== "clear";

const isOf: Readonly<Record<Group, (site: SiteSummary) => boolean>> = {
  need: needsPerson,
  watch: isWatched,
  clear: (site) => !needsPerson(site) && !isWatched(site),
  silent: ({ sensor }) => sensor.state === "silent",
};

/** Every site, worst first. */
@customElement("fleet-page")
class FleetPage extends PageElement {
  @state() private _selected: string | null = null;
  @state() private _shown: Group | null = null;

  override onCommand(command: Command): void {
    if (command === "next") this._moveRow(1);
    if (command === "previous") this._moveRow(-1);
    if (command === "step") {
      const worst = worstFirst(this.app.state.sites ?? [])[0];
      if (worst !== undefined && needsPerson(worst)) this.app.actions.go(sitePath(worst.id));
    }
  }

  protected override render(): TemplateResult {
    const { sites } = this.app.state;
    if (sites === null) return waiting(this.app);
    const sorted = worstFirst(sites);
    const worst = sorted[0];
    const step =
      worst !== undefined && needsPerson(worst)
        ? html`<a class="btn pri" href=${sitePath(worst.id)}>${msg`Open ${worst.name}`}</a>`
        : worst === undefined && this._mayAdd
          ? html`<button class="btn pri" @click=${() => this.app.actions.open({ kind: "box" })}>
              ${icon("i-plus", "s")}${msg`Add a box…`}
            </button>`
          : nothing;
    return html`${topBar(this.app, [{ text: msg`Fleet`, path: "" }], null)} ${bannerBar(bannerOf(this.app.state, null))}
      <main class=${this.app.state.live === "lost" ? "stale" : ""}>
        ${pageSentence(fleetSentence(sites), { step })}
        ${worst === undefined ? emptyLine(this.app, msg`machines not yet seen`) : html`${this._chips(sorted)}${this._table(sorted)}`}
        ${foot(this.app)}
      </main>
      ${fleetDock(this.app)}`;
  }

  private get _mayAdd(): boolean {
    const { session } = this.app.state;
    return session.kind === "signed-in" && session.rights.includes("run");
  }

  /** How many there are of each, and by a press only these. */
  private _chips(sites: readonly SiteSummary[]): TemplateResult {
    const chip = (group: Group | null, n: number): TemplateResult =>
      html`<button class="chip" aria-pressed=${this._shown === group} @click=${() => (this._shown = group)}>
        <b>${n}</b> ${group === null ? msg`All sites` : groupWords[group]}
      </button>`;
    const groups = (["need", "watch", "clear", "silent"] as const)
      .map((group) => [group, sites.filter(isOf[group]).length] as const)
      .filter(([group, n]) => n > 0 || group === this._shown);
    return html`<div class="chip-row">
      <div class="chips" role="group" aria-label=${msg`Which sites are shown`}>
        ${chip(null, sites.length)}${groups.map(([group, n]) => chip(group, n))}
      </div>
      ${
        this._mayAdd
          ? html`<button class="btn sm add" @click=${() => this.app.actions.open({ kind: "box" })}>
              ${icon("i-plus", "s")}${msg`Add a box…`}
            </button>`
          : nothing
      }
    </div>`;
  }

  private _table(sites: readonly SiteSummary[]): TemplateResult {
    const only = this._shown;
    const of = (group: Group): SiteSummary[] => sites.filter(isOf[group]);
    const all = [
      { name: groupWords.need, of: msg`worst first`, sites: of("need") },
      { name: groupWords.watch, of: "", sites: of("watch") },
      { name: groupWords.clear, of: "", sites: of("clear") },
    ];
    const groups = only === null ? all : [{ name: groupWords[only], of: "", sites: of(only) }];
    return html`<table class="fleet bleed" role="table">
      <caption class="sr">
        ${msg`Sites, worst first`}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" class="h-site">${msg`Site`}</th>
          <th role="columnheader" scope="col">${msg`In one sentence`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Infected`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Suspect`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Watched`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Stopped`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Machines`}</th>
          <th role="columnheader" scope="col" class="h-box">${msg`Box, placement, version`}</th>
        </tr>
      </thead>
      ${groups.map(({ name, of, sites: group }) =>
        group.length === 0
          ? nothing
          : html`<tbody role="rowgroup">
              <tr class="grp" role="row">
                <th colspan="8" scope="rowgroup" role="rowheader">
                  ${name}<span>${of === "" ? plural(group.length, "{n} site", "{n} sites") : of}</span>
                </th>
              </tr>
              ${repeat(
                group,
                (site) => site.id,
                (site) => this._row(site),
              )}
            </tbody>`,
      )}
    </table>`;
  }

  private _row(site: SiteSummary): TemplateResult {
    const { counts, sensor, row } = site;
    const { now, time } = this.app.state;
    const ill =
      sensor.health.find(({ severity }) => severity === "error") ??
      sensor.health.find(({ severity }) => severity === "warning");
    const shape = siteState(site);
    const figure = (n: number, classes: string): TemplateResult =>
      html`<td role="cell" class="num"><span class=${n === 0 ? "z" : classes}>${n}</span></td>`;
    const classes = `${needsPerson(site) ? "hot" : ""} ${site.id === this._selected ? "sel" : ""}`;
    return html`<tr role="row" class=${classes}>
      <td role="cell" class="c-site">
        <a class="site" href=${sitePath(site.id)} data-row @focus=${() => (this._selected = site.id)}>
          ${stateGlyph(shape)}<b>${site.name}</b
          ><span class="sr">${stateWords[shape]}</span
          >${row.since === null ? nothing : html`<small>${rich`Since ${momentTag(row.since, now, time)}`}</small>`}</a
        >
      </td>
      <td role="cell" class="c-sent">
        <span class="sent">${row.lead === "" ? nothing : html`<b>${said(row.lead)}</b> `}${said(row.rest)}</span>
      </td>
      ${figure(counts.infected, "n-infected")}${figure(counts.suspect, "n-suspect")}${figure(counts.watched, "n-watched")}
      ${figure(counts.contained, "n-cut")}${figure(counts.hosts, "")}
      <td role="cell" class="c-box box">
        ${
          sensor.state === "never-seen"
            ? msg`Not yet seen`
            : html`<span class="pres"
                  >${presenceGlyph(sensor.state === "online")}<span
                    >${sensor.state === "online" ? msg`Online` : msg`Silent`}<span class="x"
                      >${sensor.placement === null ? "" : ` · ${sensor.placement}`}${sensor.software === null ? "" : ` · ${sensor.software}`}</span
                    ></span
                  ></span
                >${ill === undefined ? nothing : html`<small class="ill">${sentence(said(ill.text))}</small>`}`
        }
      </td>
    </tr>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fleet-page": FleetPage;
  }
}
