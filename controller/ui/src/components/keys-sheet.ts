import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { keyList } from "../app/keys.ts";
import { SheetElement } from "./sheet-element.ts";

/** The list of keys, and the switch that turns single keys off. */
@customElement("keys-sheet")
class KeysSheet extends SheetElement {
  protected override render(): TemplateResult {
    const areOn = this.app.state.keysAreOn;
    const body = html`<table class="key-list" role="table">
        <caption class="sr">
          Keys
        </caption>
        <tbody role="rowgroup">
          ${keyList.map(
            ([keys, does]) =>
              html`<tr role="row">
                <th role="rowheader" scope="row">${keys.map((key) => html`<kbd>${key}</kbd> `)}</th>
                <td role="cell">${does}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      <p class="cap">Single keys do nothing while you type${areOn ? "." : ", and are switched off now."}</p>`;
    const footer = html` <button
        class="btn"
        type="button"
        aria-pressed=${!areOn}
        @click=${() => this.app.actions.setKeys(!areOn)}
      >
        ${areOn ? "Switch single keys off" : "Switch single keys on"}
      </button>
      <button class="btn" type="button" @click=${() => this._close()}>Close</button>`;
    return this._frame("Keys", "Close", body, footer);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "keys-sheet": KeysSheet;
  }
}
