import { consume } from "@lit/context";
import { html, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { appContext, type App } from "../context/app-context.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { icon } from "./glyphs.ts";
import { LightElement } from "./light-element.ts";
import { msg } from "../language/message.ts";
import { troubleLine } from "./trouble-line.ts";

/**
 * A sheet over the page: a modal dialog, so that the browser holds the focus inside, closes it on
 * Esc and gives the focus back. Opens with the focus on its heading.
 */
export abstract class SheetElement extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;

  @state() protected _trouble: Trouble | null = null;
  @state() protected _isBusy = false;
  @query("dialog") private _dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this._dialog.showModal();
    this.querySelector<HTMLElement>("h2")?.focus();
  }

  /** Closes the dialog; its `close` event then takes the sheet away. */
  protected _close(): void {
    this._dialog.close();
  }

  /** Runs what the sheet is for: closes when it was taken on, else shows why not, in place. */
  protected _submit(run: () => Promise<void>): Promise<void> {
    return this._run(async () => {
      await run();
      this._close();
    });
  }

  /** Runs something of the sheet's and stays open; shows why not, in place. */
  protected async _run(run: () => Promise<void>): Promise<void> {
    if (this._isBusy) return;
    this._isBusy = true;
    this._trouble = null;
    try {
      await run();
    } catch (error) {
      this._trouble = troubleOf(error);
    } finally {
      this._isBusy = false;
    }
  }

  protected _frame(title: string, closeLabel: string, body: TemplateResult, footer: TemplateResult): TemplateResult {
    return html`<dialog class="sheet" aria-labelledby="sheet-title" @close=${() => this.app.actions.closeSheet()}>
      <header>
        <h2 id="sheet-title" tabindex="-1">${title}</h2>
        <button class="icon-btn" type="button" aria-label=${closeLabel} @click=${() => this._close()}>
          ${icon("i-x")}
        </button>
      </header>
      <div class="body" tabindex="0" role="group" aria-label=${msg`Consequences and terms`}>${body}</div>
      ${troubleLine(this._trouble)}
      <footer>${footer}</footer>
    </dialog>`;
  }
}
