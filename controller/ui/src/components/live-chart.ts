/**
 * One series over time. Owns the uPlot instance, its size, its colours and when it is redrawn;
 * what the figures mean is said by whoever uses it.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import uPlot from "uplot";
import { count } from "../words/number.ts";
import type { TimeWords } from "../words/time.ts";
import { LightElement } from "./light-element.ts";
import { axisTop, perMinute, withGaps, type Point } from "./series.ts";
import { msg } from "../language/message.ts";

/** A moment drawn as a dotted vertical line; the first one carries the word. */
export interface ChartEvent {
  readonly at: number;
  readonly word: string;
}

type ChartTone = "machines" | "stopped" | "infected";

const tones: Readonly<Record<ChartTone, { readonly colour: string; readonly width: number; readonly area: number }>> = {
  machines: { colour: "--ink", width: 1.5, area: 0.07 },
  stopped: { colour: "--accent", width: 1.75, area: 0.13 },
  infected: { colour: "--infected", width: 1.75, area: 0 },
};

const redrawMs = 1000;

const leastSpanSeconds = 600;

const yAxisWidth = 34;

@customElement("live-chart")
class LiveChart extends LightElement {
  @property({ attribute: false }) heading = "";
  @property({ attribute: false }) unit = "";
  @property({ attribute: false }) tone: ChartTone = "machines";
  @property({ attribute: false }) points: readonly Point[] = [];
  @property({ attribute: false }) stepMs = 10_000;
  @property({ attribute: false }) events: readonly ChartEvent[] = [];
  /** One sentence for those who cannot see the drawing. */
  @property({ attribute: false }) summary = "";
  @property({ attribute: false }) time: TimeWords | null = null;

  @state() private _pointed: number | null = null;
  @state() private _showsTable = false;
  @query(".plot") private _plotElement!: HTMLElement;

  private _plot: uPlot | null = null;
  private _drawnPoints: readonly Point[] = [];
  private _lastDrawnAt = 0;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _sizes: ResizeObserver | null = null;
  private readonly _dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly _onTheme = (): void => this._build();

  override connectedCallback(): void {
    super.connectedCallback();
    this._dark.addEventListener("change", this._onTheme);
    if (this.hasUpdated) this._start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this._dark.removeEventListener("change", this._onTheme);
    this._sizes?.disconnect();
    if (this._timer !== null) clearTimeout(this._timer);
    this._timer = null;
    this._plot?.destroy();
    this._plot = null;
  }

  protected override firstUpdated(): void {
    this._start();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("points") || changed.has("events")) this._redrawSoon();
  }

  protected override render(): TemplateResult {
    const shown = (this._pointed === null ? this.points.at(-1) : this._drawnPoints[this._pointed]) ?? null;
    const at =
      this._pointed === null || shown === null || this.time === null ? this.unit : msg`at ${this.time.clock(shown.at)}`;
    return html`<figure class="chart">
      <div class="top">
        <h3>${this.heading}</h3>
        <span class="cap">${at}</span>
        <b class=${this.tone === "infected" && (shown?.value ?? 0) > 0 ? "v-infected" : ""}
          >${shown?.value == null ? "–" : count(shown.value)}</b
        >
      </div>
      <div class="plot" aria-hidden="true"></div>
      <figcaption>
        <span class="sr">${this.summary}</span>
        <button
          class="link as-table"
          aria-expanded=${this._showsTable}
          @click=${() => (this._showsTable = !this._showsTable)}
        >
          ${this._showsTable ? msg`hide` : msg`table`}<span class="sr"> ${msg`of ${this.heading}`}</span>
        </button>
      </figcaption>
      ${this._showsTable ? this._table() : nothing}
    </figure>`;
  }

  private _table(): TemplateResult {
    const { time } = this;
    return html`<table class="figures" role="table">
      <caption class="sr">
        ${msg`${this.heading}, ${this.unit}, highest of each minute`}
      </caption>
      <tbody role="rowgroup">
        ${perMinute(this.points, 12).map(
          ({ at, value }) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">${time?.minute(at)}</th>
              <td role="cell" class="num">${value === null ? msg`not known` : count(value)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private _start(): void {
    this._build();
    this._sizes = new ResizeObserver(() => {
      const width = this._plotElement.clientWidth;
      if (width > 0 && this._plot !== null && this._plot.width !== width)
        this._plot.setSize({ width, height: this._plot.height });
    });
    this._sizes.observe(this._plotElement);
  }

  private _redrawSoon(): void {
    if (this._timer !== null || this._plot === null) return;
    const wait = Math.max(0, this._lastDrawnAt + redrawMs - performance.now());
    this._timer = setTimeout(() => {
      this._timer = null;
      this._lastDrawnAt = performance.now();
      this._plot?.setData(this._aligned());
    }, wait);
  }

  private _aligned(): uPlot.AlignedData {
    this._drawnPoints = withGaps(this.points, this.stepMs);
    return [this._drawnPoints.map((p) => p.at / 1000), this._drawnPoints.map((p) => p.value)];
  }

  private _build(): void {
    this._plot?.destroy();
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const font = `12px ${colour("--sans")}`;
    const { width, area, colour: name } = tones[this.tone];
    const stroke = colour(name);
    const axis = { stroke: colour("--ink-3"), font, ticks: { show: false }, border: { show: false } };
    this._plot = new uPlot(
      {
        width: Math.max(200, this._plotElement.clientWidth),
        height: this.tone === "infected" ? 90 : 118,
        padding: [10, 0, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: false, y: false },
          sync: { key: "site", setSeries: false },
        },
        scales: {
          // A young series starts at the right instead of being stretched over the whole width.
          x: { range: (_plot, low, high) => [Math.min(low ?? 0, (high ?? 0) - leastSpanSeconds), high ?? 0] },
          y: { range: (_plot, _low, high) => [0, axisTop(high ?? 0)] },
        },
        axes: [
          {
            ...axis,
            size: 20,
            gap: 4,
            space: 90,
            grid: { show: false },
            incrs: [60, 120, 300, 600, 900, 1200, 1800, 3600],
            values: (plot, splits) => splits.map((second) => this._minute(plot, second)),
          },
          {
            ...axis,
            side: 1,
            size: yAxisWidth,
            gap: 6,
            align: 1,
            grid: { stroke: colour("--rule"), width: 1 },
            splits: (_plot, _axis, _low, high) => (this.tone === "infected" ? [0, high] : [0, high / 2, high]),
            values: (_plot, splits) => splits.map((value) => count(value)),
          },
        ],
        series: [
          {},
          {
            stroke,
            width,
            ...(area === 0 ? {} : { fill: withAlpha(stroke, area) }),
            points: { show: false },
            ...(this.tone === "infected" && uPlot.paths.stepped !== undefined
              ? { paths: uPlot.paths.stepped({ align: 1 }) }
              : {}),
          },
        ],
        hooks: {
          draw: [(plot) => this._drawMarks(plot, stroke, colour("--accent"))],
          setCursor: [(plot) => (this._pointed = plot.cursor.idx ?? null)],
        },
      },
      this._aligned(),
      this._plotElement,
    );
    this._lastDrawnAt = performance.now();
  }

  /** The label of a tick; none where it would be cut at the left or meet the button at the right. */
  private _minute(plot: uPlot, second: number): string {
    const x = plot.valToPos(second, "x");
    const isClear = x > 18 && x < plot.width - yAxisWidth - 18;
    return isClear && this._drawnPoints.length > 0 ? (this.time?.minute(second * 1000) ?? "") : "";
  }

  private _drawMarks(plot: uPlot, stroke: string, accent: string): void {
    const { ctx } = plot;
    const ratio = devicePixelRatio;
    const { left, top, width, height } = plot.bbox;
    ctx.save();
    const inView = this.events.map((event) => ({ ...event, x: plot.valToPos(event.at / 1000, "x", true) }));
    ctx.strokeStyle = accent;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    let hasWord = false;
    for (const { x, word } of inView) {
      if (x < left || x > left + width) continue;
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
      if (hasWord) continue;
      hasWord = true;
      ctx.fillStyle = accent;
      ctx.font = `600 ${12 * ratio}px ${getComputedStyle(this).getPropertyValue("--sans")}`;
      const isLeft = x - left < 40 * ratio;
      ctx.textAlign = isLeft ? "left" : "right";
      ctx.textBaseline = "top";
      ctx.fillText(word, x + (isLeft ? 4 : -4) * ratio, top - 4 * ratio);
    }
    const last = this._drawnPoints.at(-1);
    if (last !== undefined && last.value !== null) {
      ctx.fillStyle = stroke;
      ctx.beginPath();
      ctx.arc(
        plot.valToPos(last.at / 1000, "x", true),
        plot.valToPos(last.value, "y", true),
        2.6 * ratio,
        0,
        2 * Math.PI,
      );
      ctx.fill();
    }
    ctx.restore();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "live-chart": LiveChart;
  }
}

/** A colour of six hex digits with an alpha in two more. */
function withAlpha(colour: string, alpha: number): string {
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
