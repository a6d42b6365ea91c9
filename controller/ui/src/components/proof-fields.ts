import { html, type TemplateResult } from "lit";
import { msg, rich } from "../language/message.ts";

/** Whether this browser can have one here: under a name and by TLS alone. */
export function knowsPasskeys(): boolean {
  return location.protocol === "https:" && "PublicKeyCredential" in window;
}

/** The field of a code that an app shows. */
export function codeField(label: string): TemplateResult {
  return html`<label class="field"
    ><span>${label}</span>
    <input
      class="in code"
      name="code"
      inputmode="numeric"
      autocomplete="one-time-code"
      required
      pattern="\\d{6}"
      maxlength="6"
    />
  </label>`;
}

/** The field of the password that an account has. */
export function passwordField(): TemplateResult {
  return html`<label class="field"
    ><span>${msg`Password`}</span>
    <input class="in" type="password" name="password" autocomplete="current-password" required maxlength="256" />
  </label>`;
}

/** By which somebody proves to be the same person still. */
export function proofFields(): TemplateResult {
  return html`${passwordField()} ${codeField(msg`Code of your app`)}`;
}

/** A secret for an app that shows codes, to be scanned or typed. */
export function codeOfferField({
  picture,
  secret,
}: {
  readonly picture: string;
  readonly secret: string;
}): TemplateResult {
  return html`<div class="scan">
    <img alt=${msg`QR code for the app that shows codes`} src=${picture} width="176" height="176" />
    <p>
      ${rich`Scan this with an app for codes, such as the one in your password manager. On the phone itself, type ${html`<span class="mono">${secret.match(/.{1,4}/g)?.join(" ")}</span>`} into it.`}
    </p>
  </div>`;
}
