import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { msg, words } from "../language/message.ts";
import { wiringWords, type WiredPlace } from "../words/wiring.ts";
import { SheetElement } from "./sheet-element.ts";
import { choiceField } from "./sheet-fields.ts";
import { wiringDrawing } from "./wiring-drawing.ts";

const places = words<Readonly<Record<WiredPlace, string>>>({
  lan: "Router and switch",
  wan: "Modem and router",
  mirror: "A mirrored port",
  gateway: "A repair bench",
  auto: "Let it find out",
});

/** Which plug goes where, and what to do when the box dies: to be read beside it, or printed. */
@customElement("wiring-sheet")
class WiringSheet extends SheetElement {
  /** Where the box stands; null asks. */
  @property({ attribute: false }) place: WiredPlace | null = null;
  @state() private _chosen: WiredPlace = "lan";

  protected override render(): TemplateResult {
    const place = this.place ?? this._chosen;
    const { steps, ifItDies } = wiringWords[place];
    const list = (heading: string, texts: readonly string[]): TemplateResult =>
      html`<section class="plugs" aria-label=${heading}>
        <h3>${heading}</h3>
        <ol>
          ${texts.map((text) => html`<li>${text}</li>`)}
        </ol>
      </section>`;
    return this._frame(
      msg`Which plug goes where`,
      msg`Close`,
      html`<div class="reach">
          ${wiringDrawing(place)}
          <p class="lv">${places[place]}</p>
        </div>
        ${
          this.place === null
            ? html`<div class="form not-printed">
                ${choiceField({
                  ...{ legend: msg`Where will the box stand?`, name: "wired", chosen: place },
                  options: (Object.keys(places) as WiredPlace[]).map((key) => [key, places[key]] as const),
                  onChoose: (chosen) => (this._chosen = chosen),
                })}
              </div>`
            : nothing
        }
        ${list(msg`How to put it in`, steps)} ${list(msg`If the box dies`, ifItDies)}
        <p class="cap">
          ${msg`Sockets by their places on the board: of three, the first is MANAGEMENT, then INSIDE, then OUTSIDE; of two, INSIDE first. The label that came with the box names them, and has its PIN.`}
        </p>`,
      html`<button class="btn pri" type="button" @click=${() => print()}>${msg`Print it`}</button>
        <button class="btn" type="button" @click=${() => this._close()}>${msg`Close`}</button>`,
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "wiring-sheet": WiringSheet;
  }
}
