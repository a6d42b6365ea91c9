import { html, type TemplateResult } from "lit";
import type { App } from "../context/app-context.ts";

export const hourMs = 3_600_000;

/** The field in which whoever changes something says why. */
export function reasonField(reason: string, onInput: (reason: string) => void): TemplateResult {
  return html`<label class="field"
    ><span>Reason</span>
    <textarea
      class="in"
      name="reason"
      rows="2"
      maxlength="500"
      .value=${reason}
      @input=${(event: InputEvent) => onInput((event.target as HTMLTextAreaElement).value)}
    ></textarea>
  </label>`;
}

/** How long something may hold. */
export interface Term {
  /** Null has no end. */
  readonly hours: number | null;
  readonly label: string;
}

export interface TermChoice {
  readonly legend: string;
  readonly terms: readonly Term[];
  /** Hours of the term that is chosen. */
  readonly chosen: number | null;
  /** What ends a term that has no end. */
  readonly noEnd: string;
  readonly onChoose: (hours: number | null) => void;
}

/** Until when something holds, each term with the hour at which it ends. */
export function termField(choice: TermChoice, { now, time }: Pick<App["state"], "now" | "time">): TemplateResult {
  return html`<fieldset class="terms">
    <legend>${choice.legend}</legend>
    <div class="seg">
      ${choice.terms.map(
        ({ hours, label }) =>
          html`<label>
            <input
              type="radio"
              name="until"
              .checked=${choice.chosen === hours}
              @change=${() => choice.onChoose(hours)}
            />
            <span
              >${label}<br /><span class="cap"
                >${hours === null ? choice.noEnd : time.until(now + hours * hourMs, now)}</span
              ></span
            >
          </label>`,
      )}
    </div>
  </fieldset>`;
}
