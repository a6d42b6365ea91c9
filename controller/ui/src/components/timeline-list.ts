import { virtualize, virtualizerRef } from "@lit-labs/virtualizer/virtualize.js";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { TimelineEntry } from "../../../src/api/timeline-view.ts";
import { hostPath } from "../app/route.ts";
import { timelinePath, type TimelineFilter } from "../app/timeline-filter.ts";
import { msg, plural } from "../language/message.ts";
import type { TimeWords } from "../words/time.ts";
import { utc } from "../words/time.ts";
import { quietWords, timelineBy, timelineWords } from "../words/timeline.ts";
import { LightElement } from "./light-element.ts";
import { timelineGlyph } from "./timeline-glyph.ts";
import { indexOfRow, TimelineItems, type TimelineItem } from "./timeline-items.ts";

// So many rows before the end of what was read the next page is asked for: a fast wheel takes no longer to get there.
const readAhead = 120;

interface VirtualRows extends HTMLElement {
  readonly [virtualizerRef]?: {
    element: (index: number) => { scrollIntoView: (options: ScrollIntoViewOptions) => void } | undefined;
  };
}

/** The rows of a time line, of which those in view are in the page. */
@customElement("timeline-list")
class TimelineList extends LightElement {
  @property({ attribute: false }) siteId!: string;
  @property({ attribute: false }) filter!: TimelineFilter;
  @property({ attribute: false }) entries: readonly TimelineEntry[] = [];
  /** Of the row that a link led to, or that the keyboard is on. */
  @property({ attribute: false }) selected: string | null = null;
  @property({ attribute: false }) time!: TimeWords;
  /** Containments that can be released now. */
  @property({ attribute: false }) undoable: ReadonlySet<string> = new Set();
  @property({ attribute: false }) onMore: () => void = () => undefined;
  @property({ attribute: false }) onUndo: (entry: TimelineEntry) => void = () => undefined;

  private readonly _items = new TimelineItems();
  private _shown: string | null = null;
  /** Against which days and ends are told; a list does not change with each second. */
  private _now = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    // It does not bubble.
    this.addEventListener("rangeChanged", this._onRange, true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("rangeChanged", this._onRange, true);
  }

  protected override render(): TemplateResult {
    this._now = Date.now();
    const items = this._items.of(this.entries);
    return html`<div class="tl" role="list" aria-label=${msg`Time line`}>
      ${virtualize({ items: items as TimelineItem[], renderItem: (item) => this._item(item), keyFunction: keyOf })}
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("selected") && !changed.has("entries")) return;
    if (this.selected === null || this.selected === this._shown) return;
    const index = indexOfRow(this._items.of(this.entries), this.selected);
    if (index === -1) return;
    this._shown = this.selected;
    const rows = this.querySelector<VirtualRows>(".tl");
    // The list lays itself out after this update.
    requestAnimationFrame(() => rows?.[virtualizerRef]?.element(index)?.scrollIntoView({ block: "center" }));
  }

  private readonly _onRange = (event: Event): void => {
    const { last } = event as Event & { readonly last: number };
    if (last >= this._items.of(this.entries).length - readAhead) this.onMore();
  };

  private _item(item: TimelineItem): TemplateResult {
    if (item.kind === "day") return html`<div class="day" role="listitem"><h2>${this.time.day(item.at)}</h2></div>`;
    if (item.kind === "quiet") {
      return html`<div class="quiet" role="listitem"><i></i><span>${quietWords(item.lengthMs)}</span></div>`;
    }
    return this._row(item);
  }

  private _row({ entry, again }: Extract<TimelineItem, { kind: "row" }>): TemplateResult {
    const { id, at, host, name } = entry;
    const who = host === null ? nothing : html`<a class="who" href=${hostPath(this.siteId, host)}>${name ?? host}</a>`;
    const { said, cap } = timelineWords(entry, who, this.time, this._now);
    const by = timelineBy(entry);
    const containment = entry.detail["subject"];
    const canUndo =
      entry.what === "containment-asked" && typeof containment === "string" && this.undoable.has(containment);
    const isSelected = [entry, ...again].some((each) => each.id === this.selected);
    const first = again.at(-1);
    const often =
      first === undefined
        ? ""
        : plural(again.length + 1, "{n} time since {0}", "{n} times since {0}", this.time.clock(first.at));
    const path = timelinePath(this.siteId, this.filter, id);
    return html`<div class=${isSelected ? "row hl" : "row"} role="listitem">
      <a class="t" data-row=${id} href=${path} aria-current=${isSelected ? "true" : nothing}
        ><time datetime=${new Date(at).toISOString()} title=${utc(at)}>${this.time.clock(at)}</time></a
      >
      <span class="k">${timelineGlyph(entry)}</span>
      <div class="c">
        ${said}
        <span class="cap"
          >${cap}${often}${canUndo ? html`<button class="link" @click=${() => this.onUndo(entry)}>${msg`Undo…`}</button>` : nothing}${
            isSelected || entry.what === "containment-asked"
              ? html`<button class="link" @click=${(event: Event) => copyLink(event, path)}>${msg`Copy link`}</button>`
              : nothing
          }<span class=${`${cap}${often}` === "" ? "pby" : "pby after"}>${by}</span></span
        >
      </div>
      <span class="by">${by}</span>
    </div>`;
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
