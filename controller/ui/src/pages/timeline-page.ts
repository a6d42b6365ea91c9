import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import type { TimelineEntry, TimelineSummary } from "../../../src/api/timeline-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { exportPath } from "../api/timeline-api.ts";
import type { Command } from "../app/keys.ts";
import { sitePath } from "../app/route.ts";
import { readQuery, timelinePath, type TimelineFilter } from "../app/timeline-filter.ts";
import { TimelineFeed } from "../app/timeline-feed.ts";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { icon } from "../components/glyphs.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { mayLookUp, whyNot } from "../components/right.ts";
import { siteDock, siteTabs } from "../components/site-tabs.ts";
import { copyLink } from "../components/timeline-list.ts";
import "../components/timeline-list.ts";
import { timelineOverview } from "../components/timeline-overview.ts";
import { timelineTools } from "../components/timeline-tools.ts";
import { foot, topBar } from "../components/top-bar.ts";
import { msg, plural } from "../language/message.ts";
import { evidenceOf } from "../words/flows.ts";
import { storyWords } from "../words/timeline.ts";
import { PageElement } from "./page-element.ts";
import { waiting } from "./waiting.ts";

// A site changes with each report of its box; its time line is worth a look every few seconds.
const glanceEveryMs = 2_000;
const summaryEveryMs = 10_000;
// So far down somebody reads, and nothing is put on top.
const topPx = 80;

/** What happened at a site, the newest first. */
@customElement("timeline-page")
class TimelinePage extends PageElement {
  @state() private _summary: TimelineSummary | null = null;
  /** Counts the changes of the feed. */
  @state() private _version = 0;
  @state() private _row: string | null = null;

  /** On a phone, where there is no room for all of it. */
  @state() private _showsTools = false;

  private _feed: TimelineFeed | null = null;
  private _filter: TimelineFilter = readQuery("").filter;
  private _query: string | null = null;
  private _site: SiteView | null = null;
  private _undoable: ReadonlySet<string> = new Set();
  private _glancedAt = 0;
  private _summedAt = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this._feed?.close();
    this._feed = null;
    this._query = null;
  }

  override onCommand(command: Command): void {
    switch (command) {
      case "next":
        return this._moveRow(1);
      case "previous":
        return this._moveRow(-1);
      case "release": {
        const focused =
          document.activeElement instanceof HTMLElement ? document.activeElement.dataset["row"] : undefined;
        const entry = this._feed?.entries.find(({ id }) => id === (focused ?? this._row));
        if (entry !== undefined && this._undoable.has(String(entry.detail["subject"]))) this._undo(entry);
        return;
      }
      default:
    }
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { route, site } = this.app.state;
    if (route.page !== "timeline") return;
    if (route.query !== this._query) this._turnTo(route.siteId, route.query);
    if (site !== this._site) {
      if (site?.hosts !== this._site?.hosts) this._lookForUndoable(site);
      this._site = site;
      this._glance(route.siteId);
    }
  }

  protected override render(): TemplateResult {
    const { state } = this.app;
    const { site, sites } = state;
    if (site === null) return waiting(this.app);
    const isAlone = sites !== null && sites.length === 1;
    const crumbs = [
      ...(isAlone ? [] : [{ text: msg`Fleet`, path: "/" }]),
      { text: site.name, path: sitePath(site.id) },
      { text: msg`Time line`, path: "" },
    ];
    return html`${topBar(this.app, crumbs, site.sensor)} ${bannerBar(bannerOf(state, site.sensor))}
      <main>${siteTabs(site.id, "timeline")}${this._content(site)}${foot(this.app)}</main>
      ${siteDock(site.id, "timeline")}`;
  }

  private _lookForUndoable(site: SiteView | null): void {
    const hosts = whyNot(this.app, "act") === null ? (site?.hosts ?? []) : [];
    const open = hosts.flatMap(({ containments }) => containments.filter(({ releasing }) => !releasing));
    const undoable = new Set(open.map(({ id }) => id));
    // The list is drawn anew only where that says something else.
    const isOther = undoable.size !== this._undoable.size || [...undoable].some((id) => !this._undoable.has(id));
    if (isOther) this._undoable = undoable;
  }

  private _content(site: SiteView): TemplateResult {
    const { time, now } = this.app.state;
    const summary = this._summary;
    const story = summary === null ? { title: msg`Time line`, cause: "" } : storyWords(summary, time, now);
    return html`${pageSentence({ state: stateOf(summary), ...story }, { step: this._steps(site) })}
    ${timelineTools({
      site,
      isOpen: this._showsTools,
      onOpen: () => (this._showsTools = !this._showsTools),
      files: this._files(site),
      filter: this._filter,
      summary,
      now,
      onFilter: (change) => this._choose(site.id, change),
    })}
    ${summary === null ? nothing : guard([summary, time], () => timelineOverview(summary, time))} ${this._rows(site)}`;
  }

  private _steps(site: SiteView): TemplateResult {
    const path = timelinePath(site.id, this._filter, this._row);
    return html`<span class="steps-on only-d"
      ><button class="btn" @click=${(event: Event) => copyLink(event, path)}>
        ${icon("i-link", "s")}${msg`Copy link`}
      </button>
      ${this._files(site)}</span
    >`;
  }

  private _files(site: SiteView): TemplateResult {
    const file = (format: "csv" | "json") => exportPath(site.id, this._filter, format);
    return html`<a class="btn" download href=${file("csv")}>${icon("i-file-down", "s")}${msg`Export CSV`}</a>
      <a class="btn" download href=${file("json")}>${msg`Export JSON`}</a>`;
  }

  private _rows(site: SiteView): TemplateResult {
    const feed = this._feed;
    if (feed === null || (!feed.isRead && feed.trouble === null)) return html``;
    const { trouble, entries } = feed;
    const gone =
      trouble === null
        ? nothing
        : html`<p class="refusal" role="alert">
            <b>${trouble.cause}</b> ${trouble.next}
            ${this._row === null ? nothing : html`<a class="link" href=${timelinePath(site.id, this._filter)}>${msg`Show the newest`}</a>`}
          </p>`;
    if (entries.length === 0) {
      return html`${gone}${trouble === null ? html`<p class="none">${msg`Nothing like this happened here.`}</p>` : nothing}`;
    }
    return html`${gone}${this._newer(feed)}
      <timeline-list
        @click=${this._onRow}
        .siteId=${site.id}
        .filter=${this._filter}
        .entries=${entries}
        .selected=${this._row}
        .time=${this.app.state.time}
        .hasOlder=${feed.hasOlder}
        .undoable=${this._undoable}
        .onMore=${this._more}
        .onUndo=${this._undo}
        .onFlows=${mayLookUp(this.app, site) ? this._flows : null}
      ></timeline-list>
      ${feed.hasOlder ? nothing : html`<p class="none end">${msg`This is where it begins.`}</p>`}`;
  }

  private _newer(feed: TimelineFeed): TemplateResult | typeof nothing {
    if (feed.held === 0 && !feed.hasNewer) return nothing;
    const text = feed.held > 0 ? plural(feed.held, "Show {n} newer row", "Show {n} newer rows") : msg`Show newer rows`;
    return html`<p class="newer"><button class="btn sm" @click=${() => void feed.showNewer()}>${text}</button></p>`;
  }

  private _choose(siteId: string, change: Partial<TimelineFilter>): void {
    const path = timelinePath(siteId, { ...this._filter, ...change });
    // A field that is sent off as it was leads nowhere new.
    if (path !== timelinePath(siteId, this._filter)) this.app.actions.go(path);
  }

  /** A row's time is its address: it is marked where it stands, and nothing is read anew. */
  private readonly _onRow = (event: MouseEvent): void => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (link === null || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this._row = link.dataset["row"] ?? null;
    history.replaceState(null, "", link.getAttribute("href"));
  };

  private readonly _more = (): void => void this._feed?.more();

  private readonly _undo = (entry: TimelineEntry): void => {
    if (entry.host === null) return;
    this.app.actions.open({ kind: "release", host: entry.host, containmentId: String(entry.detail["subject"]) });
  };

  private readonly _flows = (entry: TimelineEntry): void => {
    const host = this._site?.hosts.find((each) => each.host === entry.host);
    if (host === undefined) return;
    this.app.actions.open({ kind: "flows", host: host.host, behind: evidenceOf(entry, host) });
  };

  /** Reads what the address asks for. */
  private _turnTo(siteId: string, query: string): void {
    this._query = query;
    const { filter, row } = readQuery(query);
    this._filter = filter;
    this._row = row;
    this._feed?.close();
    this._feed = new TimelineFeed({
      page: (place) => this.app.actions.ask(siteId, (api) => api.timeline.page(filter, place)),
      onChange: () => (this._version += 1),
    });
    this._summedAt = 0;
    void this._feed.start(row);
    void this._sum(siteId);
  }

  private _glance(siteId: string): void {
    const now = performance.now();
    if (this._feed === null || now - this._glancedAt < glanceEveryMs) return;
    this._glancedAt = now;
    // Where nobody is at the top, rows put there would push away what is read.
    void this._feed.glance(scrollY < topPx);
    if (now - this._summedAt >= summaryEveryMs) void this._sum(siteId);
  }

  private async _sum(siteId: string): Promise<void> {
    this._summedAt = performance.now();
    const filter = this._filter;
    try {
      const summary = await this.app.actions.ask(siteId, (api) => api.timeline.summary(filter));
      if (filter === this._filter) this._summary = summary;
    } catch {
      // The rows say what is the matter, or the page's banner.
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "timeline-page": TimelinePage;
  }
}

function stateOf(summary: TimelineSummary | null): "infected" | "clear" | "unseen" {
  if (summary === null) return "unseen";
  return summary.story === null ? "clear" : "infected";
}
