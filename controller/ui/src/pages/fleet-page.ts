import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { SiteSummary } from "../../../src/api/view.ts";
import type { Command } from "../app/keys.ts";
import { sitePath } from "../app/route.ts";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { stateGlyph } from "../components/glyphs.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { foot, presenceGlyph, topBar } from "../components/top-bar.ts";
import { fleetSentence, needsPerson, siteState, worstFirst, type State } from "../words/sentence.ts";
import { emptyLine } from "./empty.ts";
import { PageElement } from "./page-element.ts";
import { waiting } from "./waiting.ts";
import { said } from "../language/said.ts";
import { msg, plural, words } from "../language/message.ts";

const stateWords = words<Readonly<Record<State, string>>>({
  infected: "Infected",
  suspect: "Suspect",
  watched: "Watched",
  clear: "Clear",
  unseen: "Not yet seen",
  line: "Line dead",
  silent: "Box silent",
});

/** Every site, worst first. */
@customElement("fleet-page")
class FleetPage extends PageElement {
  @state() private _selected: string | null = null;

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
        : nothing;
    return html`${topBar(this.app, [{ text: msg`Fleet`, path: "" }], null)} ${bannerBar(bannerOf(this.app.state, null))}
      <main class=${this.app.state.live === "lost" ? "stale" : ""}>
        ${pageSentence(fleetSentence(sites), { step })}
        ${worst === undefined ? emptyLine(msg`machines not yet seen`) : this._table(sorted)} ${foot(this.app)}
      </main>`;
  }

  private _table(sites: readonly SiteSummary[]): TemplateResult {
    const isWatched = (site: SiteSummary): boolean => !needsPerson(site) && siteState(site) !== "clear";
    const groups = [
      { name: msg`Need you`, of: msg`worst first`, sites: sites.filter(needsPerson) },
      { name: msg`Under watch`, of: "", sites: sites.filter(isWatched) },
      { name: msg`Clear // sites`, of: "", sites: sites.filter((site) => !needsPerson(site) && !isWatched(site)) },
    ];
    return html`<table class="fleet bleed" role="table">
      <caption class="sr">
        ${msg`Sites, worst first`}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">${msg`Site`}</th>
          <th role="columnheader" scope="col">${msg`In one sentence`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Infected`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Suspect`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Watched`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Stopped`}</th>
          <th role="columnheader" class="num" scope="col">${msg`Machines`}</th>
          <th role="columnheader" scope="col">${msg`Box`}</th>
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
    const { counts, sensor } = site;
    const shape = siteState(site);
    const figure = (n: number, classes: string): TemplateResult =>
      html`<td role="cell" class="num"><span class=${n === 0 ? "z" : classes}>${n}</span></td>`;
    const classes = `${needsPerson(site) ? "hot" : ""} ${site.id === this._selected ? "sel" : ""}`;
    return html`<tr role="row" class=${classes}>
      <td role="cell" class="c-site">
        <a class="site" href=${sitePath(site.id)} data-row @focus=${() => (this._selected = site.id)}>
          ${stateGlyph(shape)}<b>${site.name}</b><span class="sr">${stateWords[shape]}</span></a
        >
      </td>
      <td role="cell" class="c-sent"><span class="sent">${said(site.sentence)}</span></td>
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
              >`
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
