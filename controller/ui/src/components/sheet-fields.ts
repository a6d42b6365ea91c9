import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { App } from "../context/app-context.ts";
import { msg, words } from "../language/message.ts";

export const hourMs = 3_600_000;

const cutTerms = words<readonly Term[]>([
  { hours: 1, label: "1 h" },
  { hours: 8, label: "8 h" },
  { hours: 24, label: "24 h" },
  { hours: null, label: "No end" },
]);

/** A choice of a few, as buttons side by side. */
export function choiceField<T extends string>(choice: {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly chosen: T;
  readonly onChoose: (value: T) => void;
}): TemplateResult {
  return html`<fieldset class="terms">
    <legend>${choice.legend}</legend>
    <div class="seg">
      ${choice.options.map(
        ([value, label]) =>
          html`<label>
            <input
              type="radio"
              name=${choice.name}
              .checked=${choice.chosen === value}
              @change=${() => choice.onChoose(value)}
            />
            <span>${label}</span>
          </label>`,
      )}
    </div>
  </fieldset>`;
}

/** Boxes to tick. */
export function tickField(field: {
  readonly legend: string;
  readonly options: readonly { readonly value: string; readonly label: string; readonly isOn: boolean }[];
  readonly onTick: (value: string, isOn: boolean) => void;
}): TemplateResult {
  return html`<fieldset class="terms">
    <legend>${field.legend}</legend>
    <div class="ticks">
      ${field.options.map(
        ({ value, label, isOn }) =>
          html`<label>
            <input
              type="checkbox"
              .checked=${live(isOn)}
              @change=${(event: Event) => field.onTick(value, (event.target as HTMLInputElement).checked)}
            />
            <span>${label}</span>
          </label>`,
      )}
    </div>
  </fieldset>`;
}

/** A line, or with `rows` some lines, of text. */
export function textField(field: {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly maxLength: number;
  readonly rows?: number;
  readonly note?: string;
  readonly onInput: (value: string) => void;
}): TemplateResult {
  const onInput = (event: InputEvent) => field.onInput((event.target as HTMLInputElement | HTMLTextAreaElement).value);
  return html`<label class="field"
    ><span>${field.label}</span>
    ${
      field.rows === undefined
        ? html`<input
            class="in"
            name=${field.name}
            autocomplete="off"
            maxlength=${field.maxLength}
            .value=${field.value}
            @input=${onInput}
          />`
        : html`<textarea
            class="in"
            name=${field.name}
            rows=${field.rows}
            maxlength=${field.maxLength}
            .value=${field.value}
            @input=${onInput}
          ></textarea>`
    }
    ${field.note === undefined ? nothing : html`<small>${field.note}</small>`}
  </label>`;
}

/** The field in which whoever changes something says why. */
export function reasonField(reason: string, onInput: (reason: string) => void): TemplateResult {
  return html`<label class="field"
    ><span>${msg`Reason`}</span>
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

type Clock = Pick<App["state"], "now" | "time" | "place">;

/** When a term that begins now ends: at a box with what it may do by itself at the latest. Null has no end. */
export function endOf(hours: number | null, { now, place }: Omit<Clock, "time">): number | null {
  const end = hours === null ? null : now + hours * hourMs;
  const latest = latestEnd(place);
  return latest === null ? end : Math.min(end ?? latest, latest);
}

function latestEnd(place: Clock["place"]): number | null {
  return place?.kind === "box" ? place.actsUntil : null;
}

/** "until Wed 14:12"; what has no end has words of its own. */
export function untilWords(hours: number | null, state: Clock, noEnd = msg`until released`): string {
  const end = endOf(hours, state);
  return end === null ? noEnd : msg`until ${state.time.until(end, state.now)}`;
}

/** Until when something holds, each term with the hour at which it ends; at a box none that it cannot keep. */
export function termField(choice: TermChoice, state: Clock): TemplateResult {
  const { now, time, place } = state;
  const latest = latestEnd(place);
  /** Whether a term asks for all that there is. */
  const isWhole = (hours: number | null): boolean => endOf(hours, state) === latest;
  return html`<fieldset class="terms">
    <legend>${choice.legend}</legend>
    <div class="seg">
      ${choice.terms
        .filter(({ hours }) => hours === null || !isWhole(hours))
        .map(
          ({ hours, label }) =>
            html`<label>
              <input
                type="radio"
                name="until"
                .checked=${hours === null ? isWhole(choice.chosen) : choice.chosen === hours}
                @change=${() => choice.onChoose(hours)}
              />
              <span
                >${hours === null && latest !== null ? msg`until // a time` : label}<br /><span class="cap"
                  >${hours === null && latest === null ? choice.noEnd : time.until(endOf(hours, state) ?? now, now)}</span
                ></span
              >
            </label>`,
        )}
    </div>
    ${latest === null ? nothing : html`<p class="cap">${msg`What is done here holds until ${time.until(latest, now)} at the latest.`}</p>`}
  </fieldset>`;
}

/** Until when a cut, a block or a throttle holds. */
export function cutTermField(
  chosen: number | null,
  onChoose: (hours: number | null) => void,
  state: Clock,
): TemplateResult {
  return termField({ legend: msg`Until`, terms: cutTerms, chosen, noEnd: msg`you lift it`, onChoose }, state);
}
