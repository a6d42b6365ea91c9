import { html, type TemplateResult } from "lit";
import { msg } from "../language/message.ts";

/** Something that is told once, to be copied or read out. */
export function copyField(label: string, value: string): TemplateResult {
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
    <small>${msg`It is shown this once.`}</small>
  </div>`;
}
