import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { PlaceView } from "../../../src/api/at-box-view.ts";
import type { LoginLinkView, LoginWish } from "../../../src/api/view.ts";
import { formText } from "../app/form-text.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { languageChoice } from "../components/language-choice.ts";
import { icon } from "../components/glyphs.ts";
import { knowsPasskeys, proofFields } from "../components/proof-fields.ts";
import { topBar } from "../components/top-bar.ts";
import { msg, rich } from "../language/message.ts";
import { span } from "../words/time.ts";
import { PageElement } from "./page-element.ts";
import { troubleLine } from "../components/trouble-line.ts";

const clearAt = [74, 122, 498, 546, 594, 642, 690] as const;

/** The line that goes round one machine: nothing else is ornament. */
const drawing = svg`<svg class="only-d" viewBox="0 0 700 420" aria-hidden="true">
  <path d="M0 260H170a140 140 0 0 1 280 0H900" fill="none" stroke="var(--rule-2)" stroke-width="1.5"></path>
  <rect x="0" y="242" width="36" height="36" rx="3" fill="var(--accent)"></rect>
  <g transform="translate(6 248)" fill="none" stroke="var(--on-accent)" stroke-width="1.8">
    <path d="M1.5 15H6a6 6 0 0 1 12 0h4.5"></path><circle cx="12" cy="15" r="2.1" fill="var(--on-accent)" stroke="none"></circle>
  </g>
  ${clearAt.map(
    (x) => svg`<path d="M${x} 260v40" stroke="var(--rule-2)" stroke-width="1.5"></path>
      <g fill="none" stroke="var(--clear)" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">
        <circle cx=${x} cy="312" r="11"></circle><path d="m${x - 5} 312.5 3.6 3.6 6.6-7.6"></path>
      </g>`,
  )}
  <path d="M310 242l18 18-18 18-18-18Z" fill="var(--infected)"></path>
</svg>`;

/** The door. The token in the address is used by the button only, so that no preview or crawler uses it up. */
@customElement("login-page")
class LoginPage extends PageElement {
  @state() private _trouble: Trouble | null = null;
  @state() private _isBusy = false;
  /** Whom the link of the address lets in; null until that is known. */
  @state() private _found: LoginLinkView | null = null;
  private _looked = "";

  protected override updated(): void {
    const { route } = this.app.state;
    const token = route.page === "login" ? (route.token ?? "") : "";
    if (token === this._looked) return;
    this._looked = token;
    this._found = null;
    if (token === "") return;
    void this._look(token);
  }

  override onCommand(): void {
    // Nothing here is done by a single key.
  }

  protected override render(): TemplateResult {
    const { route, place } = this.app.state;
    const token = route.page === "login" ? route.token : null;
    return html`${topBar(this.app, [], null)}
      <main class="door">
        <section>
          ${token === null ? (place?.kind === "box" ? this._pinForm(place) : this._form()) : this._link(token)}
          ${troubleLine(this._trouble)}
          ${token === null ? nothing : html`<p class="aside">${msg`Not started by you? Close this page. The link ends by itself, and each use of it stands in the audit log.`}</p>`}
          ${languageChoice(this.app)}
        </section>
        <div>${drawing}</div>
      </main>`;
  }

  private _link(token: string): TemplateResult {
    const link = this._found;
    return html`<h1 tabindex="-1">
        ${link?.kind === "operator" ? msg`This link signs you in once.` : msg`This link signs you in.`}
      </h1>
      <p class="lead">${this._linkWords(link)}</p>
      <div class="stack">
        <button class="btn pri big wide" ?disabled=${this._isBusy} @click=${() => void this._signIn({ token })}>
          ${msg`Sign in`}
        </button>
        ${
          link?.kind === "operator" && knowsPasskeys()
            ? html`<button
                class="btn big wide"
                type="button"
                ?disabled=${this._isBusy}
                @click=${() => void this._signInForAccount(token)}
              >
                ${icon("i-key-round")}${msg`Sign in and make a passkey`}
              </button>`
            : nothing
        }
      </div>`;
  }

  private _linkWords(link: LoginLinkView | null): string {
    const { now, time } = this.app.state;
    if (link === null)
      return msg`On this browser. One of the terminal works once, as operator; one of a guest until it ends.`;
    if (link.kind === "guest") {
      return link.until === null
        ? msg`As ${link.name}, who looks and changes nothing.`
        : msg`As ${link.name}, who looks and changes nothing, until ${time.until(link.until, now)}.`;
    }
    return link.until <= now
      ? msg`As operator of this controller. It was made at ${time.clock(link.madeAt)}, and has ended.`
      : msg`As operator of this controller. It was made at ${time.clock(link.madeAt)} and is good for ${span(link.until - now)} more.`;
  }

  private _form(): TemplateResult {
    const signIn = (event: SubmitEvent): void => {
      event.preventDefault();
      const text = formText(event.target);
      void this._signIn({ name: text("name"), password: text("password"), code: text("code") });
    };
    const passkeys = knowsPasskeys();
    return html`<h1 tabindex="-1">${msg`Sign in.`}</h1>
      ${
        passkeys
          ? html`<p class="lead">
                ${rich`At ${html`<b>${location.hostname}</b>`}. With a passkey this takes one touch.`}
              </p>
              <div class="stack">
                <button
                  class="btn pri big wide"
                  type="button"
                  ?disabled=${this._isBusy}
                  @click=${() => void this._try(() => this.app.actions.signInByPasskey())}
                >
                  ${icon("i-key-round")}${msg`Sign in with a passkey`}
                </button>
              </div>
              <p class="or">${msg`or by name, password and code`}</p>`
          : nothing
      }
      <form class="stack" @submit=${signIn}>
        <label class="field"
          ><span>${msg`Name`}</span>
          <input class="in" name="name" autocomplete="username" autocapitalize="none" required maxlength="100" />
        </label>
        ${proofFields()}
        <button class=${passkeys ? "btn big wide" : "btn pri big wide"} ?disabled=${this._isBusy}>
          ${msg`Sign in`}
        </button>
      </form>
      <p class="aside">
        ${rich`No account yet? An owner invites you. The operator needs none: the controller prints a one-time link when it starts, and makes another with ${html`<span class="mono">login-link create</span>`}.`}
      </p>
      <p class="aside next">
        ${msg`Line dead? Beside the box its own pages let you in, at the address and by the PIN on its label.`}
      </p>`;
  }

  /** Of a box that is its own centre: whoever stands beside it reads its label. */
  private _pinForm({ siteName, isSomebodyNamed }: Extract<PlaceView, { readonly kind: "box" }>): TemplateResult {
    const signIn = (event: SubmitEvent): void => {
      event.preventDefault();
      void this._signIn({ pin: formText(event.target)("pin") });
    };
    return html`<h1 tabindex="-1">${msg`You are on the box itself.`}</h1>
      <p class="lead">
        ${msg`It is the centre of ${siteName} while the real one cannot be reached, and for whoever asks here.`}
      </p>
      <form class="stack" @submit=${signIn}>
        <label class="field"
          ><span>${msg`PIN on its label`}</span>
          <input
            class="in code"
            name="pin"
            inputmode="numeric"
            autocomplete="off"
            required
            pattern="[0-9 ]{4,20}"
            maxlength="20"
          />
        </label>
        <button class="btn pri big wide" ?disabled=${this._isBusy}>${msg`Sign in`}</button>
      </form>
      <p class="aside">
        ${msg`What is done with it is signed here, and the centre is told who did what once it is back. People, policies and recordings are the centre’s.`}
      </p>
      ${isSomebodyNamed ? html`<p class="aside next">${msg`Whom to call is on the label, and behind the PIN.`}</p>` : nothing}`;
  }

  /** Only looks: it is used up by the button alone. */
  private async _look(token: string): Promise<void> {
    try {
      this._found = await this.app.actions.account((api) => api.loginLink(token));
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }

  /** The operator has no account: a passkey is one's own, and so begins with an invitation to oneself. */
  private async _signInForAccount(token: string): Promise<void> {
    await this._signIn({ token });
    if (this._trouble !== null) return;
    this.app.actions.go("/people");
    this.app.actions.open({ kind: "person", person: null, role: "owner" });
  }

  private _signIn(credentials: LoginWish): Promise<void> {
    return this._try(() => this.app.actions.signIn(credentials));
  }

  private async _try(signIn: () => Promise<void>): Promise<void> {
    this._isBusy = true;
    this._trouble = null;
    try {
      await signIn();
    } catch (error) {
      this._trouble = troubleOf(error);
    } finally {
      this._isBusy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "login-page": LoginPage;
  }
}
