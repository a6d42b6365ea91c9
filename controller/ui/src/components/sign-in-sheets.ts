import { startRegistration } from "@simplewebauthn/browser";
import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { CodeOffer } from "../../../src/api/account-view.ts";
import { formText } from "../app/form-text.ts";
import { msg } from "../language/message.ts";
import { codeField, codeOfferField, proofFields } from "./proof-fields.ts";
import { SheetElement } from "./sheet-element.ts";

const formId = "own-sign-in";

/** Adds a passkey of one's own. */
@customElement("passkey-sheet")
class PasskeySheet extends SheetElement {
  protected override render(): TemplateResult {
    return this._frame(
      msg`Add a passkey`,
      msg`Close without adding it`,
      html`<div class="reach">
          <p class="lv">${msg`You sign in by finger, face or PIN of this device.`}</p>
          <p>${msg`Instead of password and code, which go on to work. Whoever can unlock the device can sign in.`}</p>
        </div>
        <form class="form" id=${formId} @submit=${(event: SubmitEvent) => void this._add(event)}>
          <label class="field"
            ><span>${msg`Name of the device`}</span>
            <input class="in" name="name" autocomplete="off" required maxlength="100" />
          </label>
          ${proofFields()}
        </form>`,
      html`<button class="btn pri" form=${formId} ?disabled=${this._isBusy}>${msg`Add the passkey`}</button>`,
    );
  }

  private _add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = formText(event.target);
    const { account } = this.app.actions;
    return this._submit(async () => {
      const proof = { password: text("password"), code: text("code") };
      const options = await account((api) => api.passkeyChallenge(proof));
      const response = await startRegistration({ optionsJSON: options });
      await account((api) => api.addPasskey({ name: text("name").trim(), response }));
    });
  }
}

/** Takes another app for codes. */
@customElement("code-sheet")
class CodeSheet extends SheetElement {
  @state() private _offer: CodeOffer | null = null;

  protected override render(): TemplateResult {
    const offer = this._offer;
    return this._frame(
      msg`Another app for codes`,
      msg`Close without changing`,
      html`<div class="reach">
          <p class="lv">${msg`Codes come from a new app or phone.`}</p>
          <p>${msg`The old one counts until a code of the new one was typed here.`}</p>
        </div>
        <form class="form" id=${formId} @submit=${(event: SubmitEvent) => void this._step(event, offer)}>
          ${offer === null ? proofFields() : html`${codeOfferField(offer)} ${codeField(msg`Code that it shows now`)}`}
        </form>`,
      html`<button class="btn pri" form=${formId} ?disabled=${this._isBusy}>
        ${offer === null ? msg`Go on` : msg`Take the new app`}
      </button>`,
    );
  }

  private _step(event: SubmitEvent, offer: CodeOffer | null): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = formText(form);
    const { account } = this.app.actions;
    const code = text("code");
    if (offer !== null) return this._submit(() => account((api) => api.takeCode(code)));
    return this._run(async () => {
      this._offer = await account((api) => api.offerCode({ password: text("password"), code }));
      form.reset();
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "passkey-sheet": PasskeySheet;
    "code-sheet": CodeSheet;
  }
}
