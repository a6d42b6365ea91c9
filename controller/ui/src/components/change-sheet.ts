import { html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { SiteView } from "../../../src/api/view.ts";
import { icon, type Glyph } from "./glyphs.ts";
import { SheetElement } from "./sheet-element.ts";
import { reasonField } from "./sheet-fields.ts";
import { msg } from "../language/message.ts";

/** What a sheet says before a change. */
export interface ChangeWords {
  readonly title: string;
  /** The sentence that says what it comes to. */
  readonly level: string;
  readonly consequences: readonly (readonly [glyph: Glyph, what: string, text: string])[];
  /** What the field for the reason begins with. */
  readonly reason: string;
  readonly button: string;
}

/** A milder change that a sheet offers before its own. */
export interface First {
  readonly button: string;
  /** Makes it what the sheet asks for. */
  readonly choose: () => void;
}

/** A sheet that asks before a setting of the site is changed, and for the reason. */
export abstract class ChangeSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;

  @state() private _reason: string | null = null;

  protected override render(): TemplateResult {
    const words = this._changeWords();
    const reason = this._reason ?? words.reason;
    const body = html`<section class="reach">
        <p class="lv">${words.level}</p>
        <p class="cap">${msg`The box reports what it really does.`}</p>
      </section>
      <ul class="cons">
        ${words.consequences.map(
          ([glyph, what, text]) =>
            html`<li>
              ${icon(glyph, "s")}<span><b>${what}:</b> ${text}</span>
            </li>`,
        )}
      </ul>
      <div class="form">${this._fields()} ${reasonField(reason, (reason) => (this._reason = reason))}</div>`;
    const missing = this._missing() ?? (reason.trim() === "" ? msg`First give a reason` : null);
    const first = this._first();
    const isOff = missing !== null || this._isBusy;
    const footer = html`${
        first === null
          ? nothing
          : html`<button class="btn pri big" type="button" ?disabled=${isOff} @click=${() => this._take(first)}>
              ${first.button}
            </button>`
      }
      <button
        class="btn ${first === null ? "pri " : ""}big"
        type="button"
        ?disabled=${isOff}
        @click=${() => void this._change(reason.trim())}
      >
        ${missing ?? words.button}
      </button>
      <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`;
    return this._frame(words.title, msg`Close, nothing is changed`, body, footer);
  }

  /** What else is asked for, above the reason. */
  protected _fields(): TemplateResult | typeof nothing {
    return nothing;
  }

  /** What is to be done first, for the button; null where it can be pressed. */
  protected _missing(): string | null {
    return null;
  }

  /** What is better done before that; null where nothing is. */
  protected _first(): First | null {
    return null;
  }

  private _take({ choose }: First): void {
    choose();
    void this._change((this._reason ?? this._changeWords().reason).trim());
  }

  protected abstract _changeWords(): ChangeWords;

  protected abstract _change(reason: string): Promise<void>;
}
