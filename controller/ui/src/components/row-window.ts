import type { ReactiveController, ReactiveControllerHost } from "lit";
import { RowHeights } from "./row-heights.ts";

interface RowWindowOptions<Row> {
  /** Names a row for good. */
  readonly keyOf: (row: Row) => unknown;
  /** The element whose children are the rows, once it is there; nothing else is in it. */
  readonly list: () => HTMLElement | null;
  /** How high a row probably is, px: until some were measured. */
  readonly guessPx: number;
}

/** Which rows are in the page: from the first to before the end. */
interface RowRange {
  readonly first: number;
  readonly end: number;
}

// Above and below what is seen: as far as a fast wheel turns in some frames, and where the next row is for the keyboard.
const marginPx = 400;
// Before anything was laid out.
const firstRows = 30;

/**
 * Keeps those rows of a long list in the page that are in view, or nearly. They lie in the flow, with the room of the others above
 * and below as padding: a row may be as high as its text is long, and a frame of scrolling costs the rows that come into view. Where
 * a row turns out otherwise than it was guessed, what is in view stays where it is. The page is never asked for its layout after it
 * was changed: what it is then comes by the observer, within the same frame.
 */
export class RowWindow<Row> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #options: RowWindowOptions<Row>;
  readonly #heights = new RowHeights();
  readonly #measured = new Map<unknown, number>();
  #rows: readonly Row[] = [];
  #range: RowRange = { first: 0, end: 0 };
  /** The first row in view; null while the list's top is in view. */
  #anchor: { readonly key: unknown; readonly index: number } | null = null;
  /** What was put above the first row in view since the page was drawn, px. */
  #shift = 0;
  #sizes: ResizeObserver | null = null;
  #list: HTMLElement | null = null;
  #observed: readonly Element[] = [];
  #width = 0;

  constructor(host: ReactiveControllerHost, options: RowWindowOptions<Row>) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  get range(): RowRange {
    return this.#range;
  }

  /**
   * Which of these rows belong in the page now.
   *
   * @param rows all of them, in order; the same array while nothing changed
   */
  take(rows: readonly Row[]): RowRange {
    if (rows === this.#rows) return this.#range;
    const before = this.#rows;
    const anchorTop = this.#heights.top(this.#anchor?.index ?? 0);
    const goesOn = before.length > 0 && rows.length >= before.length;
    this.#rows = rows;
    if (goesOn && this.#isAt(0, before[0]) && this.#isAt(before.length - 1, before.at(-1))) {
      this.#heights.append(this.#guesses(before.length));
    } else {
      this.#heights.reset(this.#guesses(0));
      this.#findAnchor();
      if (this.#anchor !== null) this.#shift += this.#heights.top(this.#anchor.index) - anchorTop;
    }
    this.#range = this.#wanted();
    return this.#range;
  }

  /** Brings a row to the middle. */
  async show(index: number): Promise<void> {
    const list = this.#options.list();
    if (list === null) return;
    const place = topOf(list) + scrollY + this.#heights.top(index) - innerHeight / 2;
    scrollTo({ top: place, behavior: "instant" });
    this.#look();
    await this.#host.updateComplete;
    list.children[index - this.#range.first]?.scrollIntoView({ block: "center", behavior: "instant" });
  }

  hostConnected(): void {
    addEventListener("scroll", this.#look, { passive: true });
    addEventListener("resize", this.#look, { passive: true });
    this.#sizes = new ResizeObserver((entries) => this.#measure(entries));
  }

  hostDisconnected(): void {
    removeEventListener("scroll", this.#look);
    removeEventListener("resize", this.#look);
    this.#sizes?.disconnect();
    this.#list = null;
    this.#observed = [];
  }

  hostUpdated(): void {
    const list = this.#options.list();
    if (list !== this.#list) {
      if (this.#list !== null) this.#sizes?.unobserve(this.#list);
      if (list !== null) this.#sizes?.observe(list);
      this.#list = list;
    }
    const shown = list === null ? [] : [...list.children];
    const [before, now] = [new Set(this.#observed), new Set(shown)];
    for (const row of this.#observed) if (!now.has(row)) this.#sizes?.unobserve(row);
    for (const row of shown) if (!before.has(row)) this.#sizes?.observe(row);
    this.#observed = shown;
    this.#makeRoom();
    this.#holdStill();
  }

  #measure(entries: readonly ResizeObserverEntry[]): void {
    const anchorTop = this.#heights.top(this.#anchor?.index ?? 0);
    const heights = new Map(entries.map(({ target, borderBoxSize }) => [target, borderBoxSize[0]?.blockSize ?? 0]));
    if (this.#list !== null && heights.has(this.#list)) this.#fit(this.#list);
    this.#observed.forEach((row, place) => {
      const height = heights.get(row) ?? 0;
      // Of one that is gone from the page.
      if (height === 0) return;
      const index = this.#range.first + place;
      this.#heights.set(index, height);
      this.#measured.set(this.#keyAt(index), height);
    });
    if (this.#anchor !== null) this.#shift += this.#heights.top(this.#anchor.index) - anchorTop;
    // Below the view there is time until the next rows come.
    if (this.#shift !== 0) this.#makeRoom();
    this.#holdStill();
    this.#look();
  }

  #makeRoom(): void {
    if (this.#list === null) return;
    const { first, end } = this.#range;
    this.#list.style.paddingTop = `${this.#heights.top(first)}px`;
    this.#list.style.paddingBottom = `${this.#heights.top(this.#rows.length) - this.#heights.top(end)}px`;
  }

  /** What was read stays where it stood, whatever came above it or turned out higher. */
  #holdStill(): void {
    if (Math.abs(this.#shift) >= 1) scrollBy({ top: this.#shift, behavior: "instant" });
    this.#shift = 0;
  }

  readonly #look = (): void => {
    const list = this.#list;
    if (list === null || this.#rows.length === 0) return;
    const above = -topOf(list);
    const index = this.#heights.indexAt(above);
    this.#anchor = above <= 0 ? null : { key: this.#keyAt(index), index };
    const wanted = this.#wanted(above);
    if (wanted.first === this.#range.first && wanted.end === this.#range.end) return;
    this.#range = wanted;
    this.#host.requestUpdate();
  };

  /** After rows came, went or moved. */
  #findAnchor(): void {
    const anchor = this.#anchor;
    if (anchor === null || this.#keyAt(anchor.index) === anchor.key) return;
    const index = this.#rows.findIndex((row) => this.#options.keyOf(row) === anchor.key);
    this.#anchor = index === -1 ? null : { key: anchor.key, index };
  }

  /** @param above how much of the list is above the window, px */
  #wanted(above = this.#list === null ? 0 : this.#shift - topOf(this.#list)): RowRange {
    const count = this.#rows.length;
    if (this.#list === null) return { first: 0, end: Math.min(count, firstRows) };
    const first = this.#heights.indexAt(above - marginPx);
    const last = this.#heights.indexAt(above + innerHeight + marginPx);
    return { first: Math.min(first, count), end: Math.min(count, last + 1) };
  }

  /** Of another width all rows are of other heights. */
  #fit({ clientWidth: width }: HTMLElement): void {
    const isOther = this.#width !== 0 && width !== this.#width;
    this.#width = width;
    if (!isOther) return;
    this.#measured.clear();
    this.#heights.reset(this.#guesses(0));
    this.#sizes?.disconnect();
    this.#list = null;
    this.#observed = [];
    this.#host.requestUpdate();
  }

  #keyAt(index: number): unknown {
    const row = this.#rows[index];
    return row === undefined ? undefined : this.#options.keyOf(row);
  }

  #isAt(index: number, row: Row | undefined): boolean {
    return row !== undefined && this.#keyAt(index) === this.#options.keyOf(row);
  }

  #guesses(from: number): number[] {
    const { first, end } = this.#range;
    const guess =
      end > first && this.#heights.count >= end
        ? (this.#heights.top(end) - this.#heights.top(first)) / (end - first)
        : this.#options.guessPx;
    return this.#rows.slice(from).map((row) => this.#measured.get(this.#options.keyOf(row)) ?? guess);
  }
}

/** Px below the window's top. */
function topOf(list: HTMLElement): number {
  return list.getBoundingClientRect().top;
}
