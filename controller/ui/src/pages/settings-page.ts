import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { AccountView } from "../../../src/api/account-view.ts";
import type { CustomerView, TokenView } from "../../../src/api/people-view.ts";
import type { AuthorisationView } from "../../../src/api/recording-view.ts";
import type { RestoreStanding } from "../../../src/api/restore-view.ts";
import { sitePath } from "../app/route.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { needs, whyNot, whyNotLine } from "../components/right.ts";
import { foot } from "../components/top-bar.ts";
import type { Sheet } from "../context/app-context.ts";
import { msg } from "../language/message.ts";
import { said } from "../language/said.ts";
import { roleWords, sightOf } from "../words/people.ts";
import { presetIds, presetWords } from "../words/preset.ts";
import { PageElement } from "./page-element.ts";
import { topOf } from "./page-top.ts";
import { troubleLine } from "../components/trouble-line.ts";

/** How one signs in oneself, and what an owner sets for the whole controller. */
@customElement("settings-page")
class SettingsPage extends PageElement {
  @state() private _own: AccountView | null = null;
  @state() private _recordings: readonly AuthorisationView[] = [];
  @state() private _tokens: readonly TokenView[] = [];
  @state() private _customers: readonly CustomerView[] = [];
  /** Null for whoever is no owner, and until it is known. */
  @state() private _restore: RestoreStanding | null = null;
  @state() private _trouble: Trouble | null = null;
  private _wasOpen = false;
  private _hasLoaded = false;

  override onCommand(): void {
    // Nothing here is done by a single key.
  }

  protected override updated(): void {
    // What a sheet changed is fetched once that has closed.
    const isOpen = this.app.state.sheet !== null;
    const isIn = this.app.state.session.kind === "signed-in";
    if ((this._wasOpen && !isOpen) || (isIn && !this._hasLoaded)) void this._load();
    this._wasOpen = isOpen;
  }

  protected override render(): TemplateResult {
    return html`${topOf(this.app, msg`Settings`)}
      <main class="settings">
        <section class="head"><h1 tabindex="-1">${msg`Settings`}</h1></section>
        ${troubleLine(this._trouble)} ${this._own === null ? nothing : this._signingIn(this._own)} ${this._presets()}
        ${this._ofPeople()} ${this._ofTokens()} ${this._ofRecording()} ${this._ofBackup()} ${this._ofCards()}
        ${this._ofWipe()} ${foot(this.app)}
      </main>`;
  }

  private _section(heading: string, note: string, body: TemplateResult): TemplateResult {
    return html`<section class="channels" aria-label=${heading}>
      <div class="head">
        <h2>${heading}</h2>
        <span class="r">${note}</span>
      </div>
      ${body}
    </section>`;
  }

  private _row(title: string, text: string, buttons: TemplateResult | typeof nothing): TemplateResult {
    return html`<li class="channel">
      <div class="what">
        <h3>${title}</h3>
        <p>${text}</p>
      </div>
      <div class="btns">${buttons}</div>
    </li>`;
  }

  private _signingIn(own: AccountView): TemplateResult {
    const { isOwn, passkeyName, passkeys } = own;
    const { now, time } = this.app.state;
    const hasBrowser = "PublicKeyCredential" in window;
    const noAccount =
      this.app.state.place?.kind === "box"
        ? msg`You came by the PIN on the box’s label, which has no account of its own.`
        : msg`You came by a link or a token, which has no account of its own.`;
    const noPasskey = !isOwn
      ? noAccount
      : passkeyName === null
        ? msg`The controller has no name with a certificate, under which passkeys would work.`
        : hasBrowser
          ? null
          : msg`This browser knows no passkeys.`;
    const used = (at: number | null): string =>
      at === null ? msg`Never used.` : msg`Last used ${time.moment(at, now)}.`;
    return this._section(
      msg`How you sign in`,
      msg`password, code, passkeys`,
      html`<ul>
        ${passkeys.map((passkey) =>
          this._row(
            passkey.name,
            msg`Passkey, added ${time.moment(passkey.createdAt, now)}. ${used(passkey.lastUsedAt)}`,
            html`<button
              class="btn sm"
              aria-label=${msg`Remove the passkey ${passkey.name}`}
              @click=${() => void this._do((api) => api.removePasskey(passkey.id))}
            >
              ${msg`Remove`}
            </button>`,
          ),
        )}
        ${this._row(
          msg`Passkey`,
          noPasskey ?? msg`Finger, face or PIN of your phone or computer instead of password and code.`,
          html`<button class="btn sm" ?disabled=${noPasskey !== null} @click=${() => this._open({ kind: "passkey" })}>
            ${msg`Add a passkey…`}
          </button>`,
        )}
        ${this._row(
          msg`Password`,
          isOwn ? msg`Changing it signs you out everywhere else.` : noAccount,
          html`<button class="btn sm" ?disabled=${!isOwn} @click=${() => this._open({ kind: "password", own })}>
            ${msg`Change the password…`}
          </button>`,
        )}
        ${this._row(
          msg`App for codes`,
          isOwn ? msg`Asked for each time you sign in by password.` : noAccount,
          html`<button class="btn sm" ?disabled=${!isOwn} @click=${() => this._open({ kind: "code" })}>
            ${msg`Take another app…`}
          </button>`,
        )}
      </ul>`,
    );
  }

  private _presets(): TemplateResult | typeof nothing {
    if ((this.app.state.sites ?? []).length === 0) return nothing;
    return this._section(
      msg`What Cordon does by itself`,
      msg`policy, reflex and barriers by one name, the mildest first`,
      html`<ul>
          ${presetIds.map((preset) => {
            const { title, text } = presetWords[preset];
            return this._row(
              title,
              text,
              html`<button
                class="btn sm"
                aria-label=${msg`Put on sites…: ${title}`}
                ${needs(this.app, "set")}
                @click=${() => this._open({ kind: "preset", preset })}
              >
                ${msg`Put on sites…`}
              </button>`,
            );
          })}
        </ul>
        <p class="cap why-not">${msg`Each can also be set alone, on the site’s page.`}</p>
        ${whyNotLine(this.app, "set")}`,
    );
  }

  private _ofPeople(): TemplateResult {
    const isOwner = whyNot(this.app, "run") === null;
    const button = (sheet: Sheet, text: string): TemplateResult =>
      html`<button class="btn sm" ${needs(this.app, "run")} @click=${() => this._open(sheet)}>${text}</button>`;
    return this._section(
      msg`People`,
      msg`who may look, and who may act`,
      html`<ul>
          ${this._row(
            msg`People and customers`,
            msg`Who has an account, and whose each site is.`,
            isOwner ? html`<a class="btn sm" href="/people">${msg`People and customers`}</a>` : nothing,
          )}
          ${this._row(msg`Guest link`, msg`Somebody looks at single sites, without a password, until the link ends.`, button({ kind: "person", person: null, role: "guest" }, msg`Make a guest link…`))}
          ${this._row(msg`Somebody with an account`, msg`By an invitation, to a password and an app for codes.`, button({ kind: "person", person: null }, msg`Invite somebody…`))}
        </ul>
        ${whyNotLine(this.app, "run")}`,
    );
  }

  private _ofTokens(): TemplateResult {
    const { sites, now, time } = this.app.state;
    const known = { customers: this._customers, sites: sites ?? [] };
    const used = (at: number | null): string =>
      at === null ? msg`Never used.` : msg`Last used ${time.moment(at, now)}.`;
    return this._section(
      msg`Tokens for programs`,
      msg`told once, end by themselves`,
      html`<ul>
          ${this._tokens.map((token) =>
            this._row(
              token.name,
              `${roleWords[token.role].label}. ${sightOf(token, known)}. ${token.expiresAt > now ? msg`Ends ${time.until(token.expiresAt, now)}.` : msg`Over.`} ${used(token.lastUsedAt)}`,
              html`<button
                class="btn sm"
                aria-label=${msg`End the token ${token.name}`}
                @click=${() => void this._do((api) => api.endToken(token.id))}
              >
                ${msg`End it`}
              </button>`,
            ),
          )}
          ${this._row(
            msg`New token`,
            msg`For a program of yours that reads or acts through the API.`,
            html`<button class="btn sm" ${needs(this.app, "run")} @click=${() => this._open({ kind: "token" })}>
              ${msg`Make a token…`}
            </button>`,
          )}
        </ul>
        ${whyNotLine(this.app, "run")}`,
    );
  }

  private _ofRecording(): TemplateResult {
    const { now, time } = this.app.state;
    return this._section(
      msg`Recording of whole packets`,
      msg`on somebody’s word alone`,
      this._recordings.length === 0
        ? html`<p>${msg`Nobody has allowed it at any site.`}</p>`
        : html`<ul>
            ${this._recordings.map(({ siteId, siteName, machine, authorisation: { by, role, until } }) =>
              this._row(
                siteName,
                `${msg`Allowed by ${by}, ${role}`}: ${machine ?? msg`the whole site`}, ${until > now ? msg`until ${time.until(until, now)}` : msg`over`}.`,
                html`<a
                  class="btn sm"
                  href="${sitePath(siteId)}#recording"
                  aria-label=${`${msg`To the site`}: ${siteName}`}
                  >${msg`To the site`}</a
                >`,
              ),
            )}
          </ul>`,
    );
  }

  private _ofCards(): TemplateResult {
    return this._section(
      msg`Cards of boxes`,
      msg`who a box is`,
      html`<ul>
          ${this._row(
            msg`A new card for a box`,
            msg`For one that lost its data, or whose card was copied: with a new token, for the same site.`,
            html`<button
              class="btn sm"
              ${needs(this.app, "run")}
              @click=${() => this._open({ kind: "card", isRevoking: false })}
            >
              ${msg`Make a new card…`}
            </button>`,
          )}
          ${this._row(
            msg`Take a box’s identity back`,
            msg`For a card that was stolen or copied: the controller refuses it until it comes with a new card.`,
            html`<button
              class="btn sm"
              ${needs(this.app, "run")}
              @click=${() => this._open({ kind: "card", isRevoking: true })}
            >
              ${msg`Take it back…`}
            </button>`,
          )}
        </ul>
        ${whyNotLine(this.app, "run")}`,
    );
  }

  private _ofWipe(): TemplateResult {
    return this._section(
      msg`End of a job`,
      msg`what a box keeps of its site`,
      html`<ul>
          ${this._row(
            msg`Wipe a box`,
            msg`It destroys its keys and all that it has kept, for good, and says so.`,
            html`<button class="btn sm" ${needs(this.app, "run")} @click=${() => this._open({ kind: "wipe" })}>
              ${msg`Wipe a box…`}
            </button>`,
          )}
        </ul>
        ${whyNotLine(this.app, "run")}`,
    );
  }

  private _ofBackup(): TemplateResult {
    const { now, time } = this.app.state;
    const restore = this._restore;
    const failed = restore?.failed ?? null;
    return this._section(
      msg`Backup`,
      msg`one sealed file`,
      html`<ul>
          ${this._row(
            msg`Backup of this controller`,
            msg`Records, people and keys, as they stand when it is made. Recorded packets stay here.`,
            html`<button class="btn sm" ${needs(this.app, "run")} @click=${() => this._open({ kind: "backup" })}>
              ${msg`Make a backup…`}
            </button>`,
          )}
          ${this._row(
            msg`Going back to one`,
            restore?.isOffered === true
              ? msg`You see first what it would bring back. What is here is moved aside; then the controller starts again.`
              : msg`What is put back takes the place of what runs: at the terminal, with the controller stopped. What was there is moved aside.`,
            restore?.isOffered === true
              ? html`<button
                  class="btn sm"
                  ${needs(this.app, "run")}
                  @click=${() => this._open({ kind: "restore", standing: restore })}
                >
                  ${msg`Go back to a backup…`}
                </button>`
              : nothing,
          )}
          <li class="channel">
            <div class="what">
              <p>
                ${restore?.isOffered === true ? msg`At the terminal, with the controller stopped:` : nothing}
                <span class="mono"
                  >${restore?.command ?? "cordon-controller backup restore --data DATA --input FILE"}</span
                >
              </p>
              ${failed === null ? nothing : html`<p>${msg`The last one, ${time.moment(failed.at, now)}, was not put back, and nothing has changed: ${said(failed.text)}`}</p>`}
            </div>
          </li>
        </ul>
        ${whyNotLine(this.app, "run")}`,
    );
  }

  private _open(sheet: Sheet): void {
    this.app.actions.open(sheet);
  }

  private async _do(change: Parameters<SettingsPage["app"]["actions"]["account"]>[0]): Promise<void> {
    try {
      await this.app.actions.account(change);
      await this._load();
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }

  private async _load(): Promise<void> {
    this._hasLoaded = true;
    const { account } = this.app.actions;
    const isOwner = whyNot(this.app, "run") === null;
    try {
      [this._own, this._recordings] = await account((api) => Promise.all([api.own(), api.recordings()]));
      if (isOwner) {
        [this._tokens, this._customers, this._restore] = await account((api) =>
          Promise.all([api.tokens(), api.customers(), api.restores.standing()]),
        );
      }
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "settings-page": SettingsPage;
  }
}
