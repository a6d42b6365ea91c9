import { html, type TemplateResult } from "lit";

/** Something that is told once, to be copied or read out. */
export function copyField(label: string, value: string): TemplateResult {
  const copy = (event: Event): void => {
    const button = event.currentTarget as HTMLButtonElement;
    void navigator.clipboard.writeText(value).then(
      () => (button.textContent = "Copied"),
      () => (button.textContent = "Select it and copy"),
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
      <button class="btn" type="button" @click=${copy}>Copy</button>
    </div>
    <small>It is shown this once.</small>
  </div>`;
}
