import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { formText } from "../app/form-text.ts";
import { msg } from "../language/message.ts";
import { SheetElement } from "./sheet-element.ts";

const formId = "backup-form";
const minLength = 12;

/** Makes a backup, which the browser then downloads. */
@customElement("backup-sheet")
class BackupSheet extends SheetElement {
  @state() private _isGone = false;

  protected override render(): TemplateResult {
    return this._frame(
      msg`Make a backup`,
      msg`Close`,
      html`<div class="reach">
          <p class="lv">${msg`Everything of this controller in one sealed file: records, people, keys.`}</p>
          <p>
            ${msg`Nobody opens it without the passphrase, you neither. Whoever has both can pass for this controller: keep them apart.`}
          </p>
        </div>
        ${
          this._isGone
            ? html`<p class="taken" role="status">${msg`The browser downloads it now.`}</p>`
            : html`<form class="form" id=${formId} @submit=${(event: SubmitEvent) => void this._make(event)}>
                <label class="field"
                  ><span>${msg`Passphrase`}</span>
                  <input
                    class="in"
                    type="password"
                    name="passphrase"
                    autocomplete="new-password"
                    required
                    minlength=${minLength}
                    maxlength="256"
                  />
                  <small>${msg`At least ${minLength} letters. Some words that only you put together are best.`}</small>
                </label>
              </form>`
        }`,
      this._isGone
        ? html`<button class="btn pri" @click=${() => this._close()}>${msg`Done`}</button>`
        : html`<button class="btn pri" form=${formId} ?disabled=${this._isBusy}>${msg`Make the backup`}</button>`,
    );
  }

  private _make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const passphrase = formText(event.target)("passphrase");
    return this._run(async () => {
      const { path } = await this.app.actions.account((api) => api.offerBackup(passphrase));
      // An attachment: the page stays where it is.
      location.assign(path);
      this._isGone = true;
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "backup-sheet": BackupSheet;
  }
}
