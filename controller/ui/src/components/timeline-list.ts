import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { TimelineEntry } from "../../../src/api/timeline-view.ts";
import { hostPath } from "../app/route.ts";
import { timelinePath, type TimelineFilter } from "../app/timeline-filter.ts";
import { msg, plural } from "../language/message.ts";
import { sentence } from "../words/host.ts";
import type { TimeWords } from "../words/time.ts";
import { utc } from "../words/time.ts";
import { quietWords, timelineBy, timelineWords } from "../words/timeline.ts";
import { LightElement } from "./light-element.ts";
import { RowWindow } from "./row-window.ts";
import { timelineGlyph } from "./timeline-glyph.ts";
import { indexOfRow, TimelineItems, type TimelineItem } from "./timeline-items.ts";

// So many rows before the end of what was read the next page is asked for: a fast wheel takes no longer to get there.
const readAhead = 120;

/** The rows of a time line, of which those in view are in the page. */
@customElement("timeline-list")
class TimelineList extends LightElement {
  @property({ attribute: false }) siteId!: string;
  @property({ attribute: false }) filter!: TimelineFilter;
  @property({ attribute: false }) entries: readonly TimelineEntry[] = [];
  /** Of the row that a link led to, or that the keyboard is on. */
  @property({ attribute: false }) selected: string | null = null;
  @property({ attribute: false }) time!: TimeWords;
  /** Whether there are older ones than these. */
  @property({ attribute: false }) hasOlder = false;
  /** Containments that can be released now. */
  @property({ attribute: false }) undoable: ReadonlySet<string> = new Set();
  @property({ attribute: false }) onMore: () => void = () => undefined;
  @property({ attribute: false }) onUndo: (entry: TimelineEntry) => void = () => undefined;
  /** Shows the connections that evidence rests on; null where nobody may look. */
  @property({ attribute: false }) onFlows: ((entry: TimelineEntry) => void) | null = null;

  private readonly _items = new TimelineItems();
  private readonly _window = new RowWindow<TimelineItem>(this, {
    ...{ keyOf, guessPx: 64 },
    list: () => this.querySelector<HTMLElement>(".tl"),
  });
  private _shown: string | null = null;
  /** Against which days and ends are told; a list does not change with each second. */
  private _now = 0;

  protected override render(): TemplateResult {
    this._now = Date.now();
    const items = this._items.of(this.entries);
    const { first, end } = this._window.take(items);
    const shown = items.slice(first, end).map((item, index) => ({ item, place: first + index + 1 }));
    const count = this.hasOlder ? -1 : items.length;
    return html`<div class="tl" role="list" aria-label=${msg`Time line`}>
      ${repeat(
        shown,
        ({ item }) => keyOf(item),
        ({ item, place }) =>
          html`<div role="listitem" aria-posinset=${place} aria-setsize=${count} class=${this._classOf(item)}>
            ${guard(this._said(item), () => this._item(item))}
          </div>`,
      )}
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const items = this._items.of(this.entries);
    if (this._window.range.end >= items.length - readAhead) this.onMore();
    if (!changed.has("selected") && !changed.has("entries")) return;
    if (this.selected === null || this.selected === this._shown) return;
    const index = indexOfRow(items, this.selected);
    if (index === -1) return;
    this._shown = this.selected;
    void this._window.show(index);
  }

  private _classOf(item: TimelineItem): string {
    if (item.kind !== "row") return item.kind;
    return this._isSelected(item) ? "row hl" : "row";
  }

  private _isSelected({ entry, again }: Extract<TimelineItem, { kind: "row" }>): boolean {
    return this.selected !== null && [entry, ...again].some((each) => each.id === this.selected);
  }

  /** What a row's text is made of: while that is the same it need not be said again. */
  private _said(item: TimelineItem): unknown[] {
    const isSelected = item.kind === "row" && this._isSelected(item);
    return [item, isSelected, this.time, this.filter, this.siteId, this.undoable, this.onFlows];
  }

  private _item(item: TimelineItem): TemplateResult {
    if (item.kind === "day") return html`<h2>${this.time.day(item.at)}</h2>`;
    if (item.kind === "quiet") return html`<i></i><span>${quietWords(item.lengthMs)}</span>`;
    return this._row(item);
  }

  private _row(item: Extract<TimelineItem, { kind: "row" }>): TemplateResult {
    const { entry, again } = item;
    const { id, at, host, name } = entry;
    const who = host === null ? nothing : html`<a class="who" href=${hostPath(this.siteId, host)}>${name ?? host}</a>`;
    const { said, cap } = timelineWords(entry, who, this.time, this._now);
    const by = timelineBy(entry);
    const containment = entry.detail["subject"];
    const canUndo =
      entry.what === "containment-asked" && typeof containment === "string" && this.undoable.has(containment);
    const isSelected = this._isSelected(item);
    const first = again.at(-1);
    const often =
      first === undefined
        ? ""
        : plural(again.length + 1, "{n} time since {0}", "{n} times since {0}", this.time.clock(first.at));
    const small = `${cap}${often}`;
    const path = timelinePath(this.siteId, this.filter, id);
    return html`<a class="t" data-row=${id} href=${path} aria-current=${isSelected ? "true" : nothing}
        ><time datetime=${new Date(at).toISOString()} title=${utc(at)}>${this.time.clock(at)}</time></a
      >
      <span class="k">${timelineGlyph(entry)}</span>
      <div class="c">
        ${said}
        <span class="cap"
          >${small === "" ? nothing : html`<span>${small}</span>`}${this._flows(entry)}${canUndo ? html`<button class="link" @click=${() => this.onUndo(entry)}>${msg`Undo…`}</button>` : nothing}${
            isSelected || entry.what === "containment-asked"
              ? html`<button class="link" @click=${(event: Event) => copyLink(event, path)}>${msg`Copy link`}</button>`
              : nothing
          }<span class=${small === "" ? "pby" : "pby after"}>${by}</span></span
        >
      </div>
      <span class="by">${by}</span>`;
  }

  private _flows(entry: TimelineEntry): TemplateResult | typeof nothing {
    const { onFlows } = this;
    if (onFlows === null || entry.kind !== "evidence") return nothing;
    return html`<button
      class="link"
      aria-label=${msg`Flows behind: ${sentence(String(entry.detail["text"]))}`}
      @click=${() => onFlows(entry)}
    >
      ${msg`Flows`}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "timeline-list": TimelineList;
  }
}

function keyOf(item: TimelineItem): unknown {
  return item.kind === "row" ? item.entry.id : item;
}

/** Copies the address of this place; where the browser keeps the clipboard to itself, goes there: then it stands in the bar. */
export function copyLink(event: Event, path: string): void {
  const button = event.currentTarget as HTMLButtonElement;
  const isAllowed = "clipboard" in navigator;
  if (!isAllowed) {
    button.textContent = msg`It stands in the address bar`;
    history.replaceState(null, "", path);
    return;
  }
  void navigator.clipboard.writeText(location.origin + path).then(
    () => (button.textContent = msg`Copied`),
    () => history.replaceState(null, "", path),
  );
}
