import { html, type TemplateResult } from "lit";
import { msg } from "../language/message.ts";

/** Something to be copied or read out; without a note something that is told once. */
export function copyField(label: string, value: string, note: string = msg`It is shown this once.`): TemplateResult {
  const copy = (event: Event): void => {
    const button = event.currentTarget as HTMLButtonElement;
    void navigator.clipboard.writeText(value).then(
      () => (button.textContent = msg`Copied`),
      () => (button.textContent = msg`Select it and copy`),
    );
  };
  return html`<div class="field told">
    <span id="told-label">${label}</span>
    <div class="row">
      <input
        class="in mono"
        readonly
        aria-labelledby="told-label"
        .value=${value}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
      />
      <button class="btn" type="button" @click=${copy}>${msg`Copy`}</button>
    </div>
    <small>${note}</small>
  </div>`;
}
