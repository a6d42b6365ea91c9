import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { msg } from "../language/message.ts";
import { boxSteps } from "../pages/empty.ts";
import { SheetElement } from "./sheet-element.ts";

/** How one more box comes into one more line. */
@customElement("add-box-sheet")
class AddBoxSheet extends SheetElement {
  protected override render(): TemplateResult {
    const footer = html`<button class="btn big" type="button" @click=${() => this._close()}>${msg`Close`}</button>`;
    return this._frame(msg`Add a box`, msg`Close`, boxSteps(), footer);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "add-box-sheet": AddBoxSheet;
  }
}
