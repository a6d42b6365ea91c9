import { html, nothing, type TemplateResult } from "lit";
import { needs } from "../components/right.ts";
import { customElement, state } from "lit/decorators.js";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import type { Command } from "../app/keys.ts";
import { callPanel } from "../components/call-list.ts";
import { boxPanel, isBoxInTrouble } from "../components/box-panel.ts";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { areaPanel, linePanel } from "../components/area-panel.ts";
import { barrierPanel } from "../components/barrier-panel.ts";
import "../components/change-list.ts";
import { drawnLine } from "../components/drawn-line.ts";
import { lineChecks } from "../components/line-checks.ts";
import { hostTable, type HostTableOptions } from "../components/host-table.ts";
import "../components/long-host-table.ts";
import type { ChartEvent } from "../components/live-chart.ts";
import "../components/live-chart.ts";
import { icon, stateGlyph } from "../components/glyphs.ts";
import "../components/nat-lookup.ts";
import { pageSentence } from "../components/page-sentence.ts";
import "../components/recording-panel.ts";
import { policyPanel } from "../components/policy-panel.ts";
import { reflexPanel } from "../components/reflex-panel.ts";
import { remediesPanel, probationPanel } from "../components/remedies-panel.ts";
import { scope } from "../components/scope.ts";
import { atBoxPanel } from "../components/at-box-panel.ts";
import "../components/site-refusals.ts";
import { siteDock, siteTabs } from "../components/site-tabs.ts";
import { foot, topBar } from "../components/top-bar.ts";
import { canCut, containmentOf, needsCut, standingOf } from "../words/containment.ts";
import { byStrangeness, hostName, vectorWords } from "../words/host.ts";
import { siteState } from "../words/sentence.ts";
import { span } from "../words/time.ts";
import { emptyLine } from "./empty.ts";
import { PageElement } from "./page-element.ts";
import { waiting } from "./waiting.ts";
import { said } from "../language/said.ts";
import { msg, plural } from "../language/message.ts";

const seriesStepMs = 10_000;

// Beyond this, clear machines are counted and not listed until asked for.
const rowLimit = 12;
// Beyond this, only the rows in view are in the page.
const wholeTable = 200;

/** One site: its state in a sentence, its line, its machines by strangeness, its last hour. */
@customElement("site-page")
class SitePage extends PageElement {
  @state() private _selected: string | null = null;
  @state() private _showsAll = false;
  private _shownRows: { readonly of: readonly HostView[]; readonly rows: readonly HostView[] } = { of: [], rows: [] };

  override onCommand(command: Command): void {
    const { site } = this.app.state;
    if (site === null) return;
    const selected = site.hosts.find((host) => host.host === this._selected) ?? null;
    switch (command) {
      case "next":
        return this._moveRow(1);
      case "previous":
        return this._moveRow(-1);
      case "step": {
        const step = nextCut(site);
        if (step !== null) this._cut(step);
        else if (isToCall(site)) this.app.actions.open({ kind: "provider" });
        return;
      }
      case "cut": {
        const target = selected ?? nextCut(site);
        if (target !== null && canCut(site.sensor) && needsCut(target)) this._cut(target);
        return;
      }
      case "release": {
        const held =
          selected === null ? null : (containmentOf(selected, "quarantine") ?? selected.containments[0] ?? null);
        if (selected !== null && held !== null && !held.releasing) {
          this.app.actions.open({ kind: "release", host: selected.host, containmentId: held.id });
        }
        return;
      }
      default:
    }
  }

  protected override render(): TemplateResult {
    const { state } = this.app;
    const { site, sites } = state;
    if (site === null) return waiting(this.app);
    // What comes before the list of sites shows as where there is but one, and not the other way round.
    const isAlone = (sites?.length ?? 1) === 1;
    const isAtBox = state.place?.kind === "box";
    const crumbs = [
      ...(isAtBox ? [{ text: msg`On the box`, path: "/" }] : isAlone ? [] : [{ text: msg`Fleet`, path: "/" }]),
      { text: site.name, path: "" },
    ];
    return html`${topBar(this.app, crumbs, site.sensor)} ${bannerBar(bannerOf(state, site.sensor))}
      <main class=${isStale(this.app.state.live, site) ? "stale" : ""}>
        ${siteTabs(site.id, "site")}${this._content(site)}${foot(this.app)}
      </main>
      ${siteDock(site.id, "site")}`;
  }

  private _content(site: SiteView): TemplateResult {
    if (site.sensor.state === "never-seen") {
      const sentence = { state: "unseen", title: said(site.sentence), cause: said(site.cause) } as const;
      return html`${pageSentence(sentence)}${site.sensor.health.length > 0 ? boxPanel(this.app, site, { isFirst: true }) : nothing}${emptyLine(this.app, msg`its box has not called yet`)}`;
    }
    const hosts = byStrangeness(site.hosts);
    const strange = hosts.filter((host) => host.verdict !== "clear").length;
    const shown = this._showsAll ? hosts.length : Math.min(hosts.length, Math.max(rowLimit, strange));
    const next = nextCut(site);
    const step =
      next !== null
        ? html`<button class="btn pri" ${needs(this.app, "act")} @click=${() => this._cut(next)}>
            ${msg`Cut off ${hostName(next)}…`}
          </button>`
        : isToCall(site)
          ? html`<button class="btn pri" @click=${() => this.app.actions.open({ kind: "provider" })}>
                ${icon("i-phone", "s")}${msg`What to tell the provider`}
              </button>
              <button
                class="btn"
                @click=${() => this.app.actions.open({ kind: "wiring", place: site.sensor.placement })}
              >
                ${msg`Wiring sheet`}
              </button>`
          : nothing;
    return html` ${pageSentence({ state: siteState(site), title: said(site.sentence), cause: said(site.cause) }, { step })}
      ${isLineDead(site) ? callPanel(site) : nothing}
      ${isBoxInTrouble(site) ? boxPanel(this.app, site, { isFirst: true }) : nothing}
      ${lineChecks(site, this.app.state.time, this.app.state.now)} ${drawnLine(site, hosts, this.app.state)}
      ${scope(site)}
      <div class=${hasFigures(this.app.state, site) ? "two" : "two alone"}>
        <section>
          <div class="head">
            <h2>${msg`Machines by strangeness`}</h2>
            <span class="r only-d"
              >${asOf(this.app.state, site)}<kbd>j</kbd> <kbd>k</kbd> ${msg`move // the mark`} &nbsp;
              <kbd>q</kbd> ${msg`cut off // a key’s name`}</span
            >
          </div>
          ${
            hosts.length === 0
              ? html`<p class="none">
                  ${msg`No machine has been heard yet. The first one appears here with its first packet.`}
                </p>`
              : machines({
                  siteId: site.id,
                  box: site.sensor,
                  hosts: this._rows(hosts, shown),
                  selected: this._selected,
                  onSelect: (host) => (this._selected = host),
                })
          }
          ${
            shown === site.counts.hosts
              ? nothing
              : html`<p class="more">
                  ${stateGlyph("clear")}${plural(site.counts.hosts - shown, "{n} more clear", "{n} more clear")}
                  <button class="link" @click=${() => (this._showsAll = true)}>
                    ${msg`Show all ${site.counts.hosts}`}
                  </button>
                </p>`
          }
          ${probationPanel(this.app, site)}
        </section>
        ${hasFigures(this.app.state, site) ? this._charts(site) : nothing}
      </div>
      ${barrierPanel(this.app, site)}
      <div class="abreast">
        ${policyPanel(this.app, site)}
        <div>${reflexPanel(this.app, site)} ${remediesPanel(this.app, site)}</div>
      </div>
      ${areaPanel(this.app, site)} ${linePanel(this.app, site)}
      <recording-panel .site=${site}></recording-panel>
      ${isBoxInTrouble(site) ? nothing : boxPanel(this.app, site)} ${isLineDead(site) ? nothing : callPanel(site)}
      ${atBoxPanel(this.app, site)}
      <change-list .site=${site}></change-list>
      <site-refusals .site=${site}></site-refusals>
      ${site.sensor.placement === "gateway" ? html`<nat-lookup .site=${site}></nat-lookup>` : nothing}`;
  }

  /** The same array while nothing changed, so that the table need not be laid out anew. */
  private _rows(hosts: readonly HostView[], shown: number): readonly HostView[] {
    if (shown === hosts.length) return hosts;
    if (this._shownRows.of !== hosts || this._shownRows.rows.length !== shown) {
      this._shownRows = { of: hosts, rows: hosts.slice(0, shown) };
    }
    return this._shownRows.rows;
  }

  private _charts(site: SiteView): TemplateResult {
    const { time, now } = this.app.state;
    const events = eventsOf(site);
    const points = (key: "contacts" | "packetsStopped" | "infected") =>
      site.series.map((s) => ({ at: s.at, value: s[key] }));
    const sum = (key: "contacts" | "packetsStopped"): number => site.series.reduce((total, s) => total + s[key], 0);
    const [contacts, stopped] = [sum("contacts"), sum("packetsStopped")];
    const length =
      site.series.length === 0 ? null : span((site.series.at(-1)?.at ?? 0) - (site.series[0]?.at ?? 0) + seriesStepMs);
    const lastCase = Math.max(0, ...site.hosts.map((host) => host.infectedAt ?? 0));
    return html`<aside class="side" aria-label=${msg`Live figures`}>
      <live-chart
        .heading=${msg`New contacts`}
        .unit=${msg`per 10 s, all machines`}
        .tone=${"machines"}
        .time=${time}
        .stepMs=${seriesStepMs}
        .points=${points("contacts")}
        .events=${events}
        .summary=${
          length === null
            ? plural(contacts, "{n} new contact.", "{n} new contacts.")
            : plural(contacts, "{n} new contact in the last {0}.", "{n} new contacts in the last {0}.", length)
        }
      ></live-chart>
      <live-chart
        .heading=${msg`Packets stopped`}
        .unit=${msg`per 10 s, by this box`}
        .tone=${"stopped"}
        .time=${time}
        .stepMs=${seriesStepMs}
        .points=${points("packetsStopped")}
        .events=${events}
        .summary=${
          length === null
            ? plural(stopped, "{n} packet stopped.", "{n} packets stopped.")
            : plural(stopped, "{n} packet stopped in the last {0}.", "{n} packets stopped in the last {0}.", length)
        }
      ></live-chart>
      <live-chart
        .heading=${msg`Spread`}
        .unit=${lastCase === 0 ? msg`machines infected` : msg`machines; none new for ${span(now - lastCase)}`}
        .tone=${"infected"}
        .time=${time}
        .stepMs=${seriesStepMs}
        .points=${points("infected")}
        .summary=${
          lastCase === 0
            ? plural(site.counts.infected, "{n} machine infected.", "{n} machines infected.")
            : plural(
                site.counts.infected,
                "{n} machine infected, the last one since {0}.",
                "{n} machines infected, the last one since {0}.",
                time.clock(lastCase),
              )
        }
      ></live-chart>
    </aside>`;
  }

  private _cut(host: HostView): void {
    this.app.actions.open({ kind: "cut", host: host.host, wish: { kind: "quarantine", vector: null } });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "site-page": SitePage;
  }
}

function machines(options: HostTableOptions): TemplateResult {
  return options.hosts.length <= wholeTable
    ? hostTable(options)
    : html`<long-host-table .options=${options}></long-host-table>`;
}

/** The strangest infected machine that nobody has cut off yet, where the box can cut one. */
function nextCut(site: SiteView): HostView | null {
  if (!canCut(site.sensor)) return null;
  return (
    byStrangeness(site.hosts).find((host) => host.verdict === "infected" && host.mac !== null && needsCut(host)) ?? null
  );
}

/** Whether whom to call stands before all else. */
function isLineDead({ line }: SiteView): boolean {
  return line?.state === "dead";
}

/** Whether the next step is a call: the line is dead, and not by a cut of ours. */
function isToCall(site: SiteView): boolean {
  return site.sensor.state === "online" && isLineDead(site) && site.lineCut?.level !== "line-cut";
}

/** Whether what is shown may be old: greyed, with its time. */
export function isStale(live: "connecting" | "live" | "lost", site: SiteView): boolean {
  return live === "lost" || site.sensor.state === "silent";
}

/** A box that is its own centre has none of the time before: three empty charts would say nothing. */
function hasFigures({ place }: SitePage["app"]["state"], { series }: SiteView): boolean {
  return place?.kind !== "box" || series.length > 0;
}

function asOf(state: SitePage["app"]["state"], site: SiteView): TemplateResult | typeof nothing {
  if (!isStale(state.live, site)) return nothing;
  const at = site.sensor.state === "silent" ? (site.sensor.reportedAt ?? site.sensor.since) : state.asOf;
  return at === null ? nothing : html`${msg`as of ${state.time.moment(at, state.now)}`} &nbsp; `;
}

function eventWord({ kind, vector }: ContainmentView): string {
  if (kind === "throttle" || vector === "arp") return msg`slowed`;
  return kind === "quarantine" ? msg`cut // a mark in a chart` : msg`${vectorWords[vector ?? "other"]} stop`;
}

function eventsOf(site: SiteView): ChartEvent[] {
  return site.hosts
    .flatMap((host) => host.containments)
    .flatMap((c) =>
      c.inForceSince === null || standingOf(c, site.sensor) === "simulated"
        ? []
        : [{ at: c.inForceSince, word: eventWord(c) }],
    )
    .toSorted((a, b) => a.at - b.at);
}
