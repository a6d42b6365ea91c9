import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { keyList } from "../app/keys.ts";
import { SheetElement } from "./sheet-element.ts";
import { msg } from "../language/message.ts";

/** The list of keys, and the switch that turns single keys off. */
@customElement("keys-sheet")
class KeysSheet extends SheetElement {
  protected override render(): TemplateResult {
    const areOn = this.app.state.keysAreOn;
    const body = html`<table class="key-list" role="table">
        <caption class="sr">
          ${msg`Keys`}
        </caption>
        <tbody role="rowgroup">
          ${keyList().map(
            ([keys, does]) =>
              html`<tr role="row">
                <th role="rowheader" scope="row">${keys.map((key) => html`<kbd>${key}</kbd> `)}</th>
                <td role="cell">${does}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      <p class="cap">
        ${areOn ? msg`Single keys do nothing while you type.` : msg`Single keys do nothing while you type, and are switched off now.`}
      </p>`;
    const footer = html` <button
        class="btn"
        type="button"
        aria-pressed=${!areOn}
        @click=${() => this.app.actions.setKeys(!areOn)}
      >
        ${areOn ? msg`Switch single keys off` : msg`Switch single keys on`}
      </button>
      <button class="btn" type="button" @click=${() => this._close()}>${msg`Close`}</button>`;
    return this._frame(msg`Keys`, msg`Close`, body, footer);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "keys-sheet": KeysSheet;
  }
}
