import { html, type TemplateResult } from "lit";
import type { BoxView } from "../../../src/api/box-view.ts";
import { msg } from "../language/message.ts";
import { reasonField, textField } from "./sheet-fields.ts";

/** What is written before something is done to a box that has no way back. */
export interface Confirmation {
  /** Supposed to be the site's name. */
  readonly typed: string;
  readonly reason: string;
}

/** The site whose box it is about; the empty text for none yet. */
export function boxField(boxes: readonly BoxView[], onChoose: (siteId: string) => void): TemplateResult {
  return html`<label class="field"
    ><span>${msg`Site`}</span>
    <select class="in" @change=${(event: Event) => onChoose((event.target as HTMLSelectElement).value)}>
      <option value="">${msg`Choose…`}</option>
      ${boxes.map(({ siteId, siteName }) => html`<option value=${siteId}>${siteName}</option>`)}
    </select>
  </label>`;
}

/** The site's name, typed by whoever means this one, and why. */
export function confirmFields(
  { siteName }: BoxView,
  given: Confirmation,
  onInput: (given: Confirmation) => void,
): TemplateResult {
  return html`${textField({
    ...{ label: msg`Type the site’s name: ${siteName}`, name: "typed", value: given.typed, maxLength: 200 },
    onInput: (typed) => onInput({ ...given, typed }),
  })}
  ${reasonField(given.reason, (reason) => onInput({ ...given, reason }))}`;
}

/** What is still to be written, for the button; null where nothing is. */
export function lackOf({ siteName }: BoxView, { typed, reason }: Confirmation): string | null {
  if (typed.trim() !== siteName) return msg`First type the site’s name`;
  return reason.trim() === "" ? msg`First give a reason` : null;
}
