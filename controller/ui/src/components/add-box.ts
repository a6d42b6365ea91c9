import { html, type TemplateResult } from "lit";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";

/** The way to a box for a new site. */
export function addBox({ actions }: App): TemplateResult {
  return html`<button class="btn quiet sm" type="button" @click=${() => actions.open({ kind: "box" })}>
    ${msg`Add a box…`}
  </button>`;
}
