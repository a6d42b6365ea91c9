import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { InvitationView } from "../../../src/api/people-view.ts";
import { formText } from "../app/form-text.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { codeField, codeOfferField, knowsPasskeys } from "../components/proof-fields.ts";
import { topBar } from "../components/top-bar.ts";
import { PageElement } from "./page-element.ts";
import { msg } from "../language/message.ts";
import { troubleLine } from "../components/trouble-line.ts";

/** Taking an account by its invitation: a password, and an app for codes. */
@customElement("invitation-page")
class InvitationPage extends PageElement {
  @property({ attribute: false }) token!: string;

  @state() private _invitation: InvitationView | null = null;
  @state() private _trouble: Trouble | null = null;
  @state() private _isBusy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.app.actions
      .account((api) => api.invitation(this.token))
      .then(
        (invitation) => (this._invitation = invitation),
        (error: unknown) => (this._trouble = troubleOf(error)),
      );
  }

  override onCommand(): void {
    // Nothing here is done by a single key.
  }

  protected override render(): TemplateResult {
    return html`${topBar(this.app, [], null)}
      <main class="door one">
        <section>
          ${this._invitation === null ? this._waiting() : this._form(this._invitation)} ${troubleLine(this._trouble)}
        </section>
      </main>`;
  }

  private _waiting(): TemplateResult {
    return html`<h1 tabindex="-1">
      ${this._trouble === null ? msg`Looking at the invitation …` : msg`This invitation cannot be taken.`}
    </h1>`;
  }

  private _form({ name, secret, picture, minPasswordLength, maxPasswordLength }: InvitationView): TemplateResult {
    return html`<h1 tabindex="-1">${msg`${name}, make this account yours.`}</h1>
      <p class="lead">
        ${msg`A password, and an app on your phone that shows a code. Both are asked for each time you sign in.`}
      </p>
      <form class="stack" @submit=${(event: SubmitEvent) => void this._take(event)}>
        <input
          class="sr"
          name="username"
          autocomplete="username"
          tabindex="-1"
          aria-hidden="true"
          readonly
          .value=${name}
        />
        <label class="field"
          ><span>${msg`Password`}</span>
          <input
            class="in"
            type="password"
            name="password"
            autocomplete="new-password"
            required
            minlength=${minPasswordLength}
            maxlength=${maxPasswordLength}
          />
          <small>${msg`At least ${minPasswordLength} letters. Some words that only you put together are best.`}</small>
        </label>
        ${codeOfferField({ picture, secret })} ${codeField(msg`Code that it shows now`)}
        <button class="btn pri big wide" ?disabled=${this._isBusy}>${msg`Take the account`}</button>
        ${
          knowsPasskeys()
            ? html`<button class="btn big wide" name="then" value="passkey" ?disabled=${this._isBusy}>
                ${msg`Take it, then add a passkey`}
              </button>`
            : nothing
        }
      </form>`;
  }

  private async _take(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = formText(event.target);
    this._isBusy = true;
    this._trouble = null;
    try {
      await this.app.actions.takeAccount({ token: this.token, password: text("password"), code: text("code") });
      if ((event.submitter as HTMLButtonElement | null)?.value !== "passkey") return;
      this.app.actions.go("/settings");
      this.app.actions.open({ kind: "passkey" });
    } catch (error) {
      this._trouble = troubleOf(error);
    } finally {
      this._isBusy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "invitation-page": InvitationPage;
  }
}
