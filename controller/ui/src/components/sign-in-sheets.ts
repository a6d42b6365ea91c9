import { startRegistration } from "@simplewebauthn/browser";
import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { AccountView, CodeOffer } from "../../../src/api/account-view.ts";
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

/** Takes another password. */
@customElement("password-sheet")
class PasswordSheet extends SheetElement {
  @property({ attribute: false }) own!: Pick<AccountView, "minPasswordLength" | "maxPasswordLength">;

  protected override render(): TemplateResult {
    const { minPasswordLength, maxPasswordLength } = this.own;
    return this._frame(
      msg`Another password`,
      msg`Close without changing`,
      html`<div class="reach">
          <p class="lv">${msg`From now on you sign in by the new one.`}</p>
          <p>${msg`You are signed out everywhere but here. Passkeys and the app for codes go on to work.`}</p>
        </div>
        <form class="form" id=${formId} @submit=${(event: SubmitEvent) => void this._change(event)}>
          ${proofFields()}
          <label class="field"
            ><span>${msg`New password`}</span>
            <input
              class="in"
              type="password"
              name="new"
              autocomplete="new-password"
              required
              minlength=${minPasswordLength}
              maxlength=${maxPasswordLength}
            />
            <small
              >${msg`At least ${minPasswordLength} letters. Some words that only you put together are best.`}</small
            >
          </label>
        </form>`,
      html`<button class="btn pri" form=${formId} ?disabled=${this._isBusy}>${msg`Change the password`}</button>`,
    );
  }

  private _change(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = formText(event.target);
    const wish = { password: text("password"), code: text("code"), newPassword: text("new") };
    return this._submit(() => this.app.actions.account((api) => api.changePassword(wish)));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "passkey-sheet": PasskeySheet;
    "code-sheet": CodeSheet;
    "password-sheet": PasswordSheet;
  }
}
