import { maxLookUpFlows } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { expectedLevel } from "../words/containment.ts";
import { liveSpanMs, standing } from "../words/flows.ts";
import { capital, classWords, hostName, uncapital, vectorWords, verdictWords } from "../words/host.ts";
import { consequences, type Live } from "./consequences.ts";
import { cutDrawing } from "./cut-drawing.ts";
import { severalNote } from "./identity-panel.ts";
import { SheetElement } from "./sheet-element.ts";
import { cutTermField, endOf, reasonField, untilWords } from "./sheet-fields.ts";
import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";

/** Asks before a cut: what it reaches, what ends, what goes on, why and how long. */
@customElement("cut-sheet")
class CutSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: HostView;
  @property({ attribute: false }) wish!: Pick<ContainmentView, "kind" | "vector">;

  @state() private _reason: string | null = null;
  @state() private _hours: number | null = 24;
  @state() private _typedName = "";
  @state() private _live: Live = "asked";

  protected override firstUpdated(): void {
    super.firstUpdated();
    void this._lookForLive();
  }

  protected override render(): TemplateResult {
    const name = hostName(this.host);
    const vector = this.wish.vector === null ? null : vectorWords[this.wish.vector];
    const title = msg`${deedAsked(this.wish, vector, name)}?`;
    return this._frame(title, msg`Close, nothing is asked`, this._body(name, vector), this._footer(vector));
  }

  private _body(name: string, vector: string | null): TemplateResult {
    const { placement, canContain } = this.site.sensor;
    return html` <section class="reach">
        ${cutDrawing(name, this.wish.vector === "arp" ? "throttle" : this.wish.kind, vector)}
        <p class="lv">${expectedLevel(this.wish, placement ?? "lan", canContain)}</p>
        <p class="cap">${msg`The box reports what it really reached.`}</p>
      </section>
      ${consequences({ site: this.site, host: this.host, wish: this.wish, live: this._live })}${severalNote(this.host)}
      <div class="form">
        ${reasonField(this._reason ?? this._prefilled(), (reason) => (this._reason = reason))}
        ${cutTermField(this._hours, (hours) => (this._hours = hours), this.app.state)}${this._isServer() ? this._nameField(name) : nothing}
      </div>`;
  }

  /** Which connections stand, for whoever may look that up; where the box cannot say, the sheet says it in general. */
  private async _lookForLive(): Promise<void> {
    const { app, site, host, wish } = this;
    const { session, now } = app.state;
    const mayLook = session.kind === "signed-in" && session.rights.includes("search");
    if (!mayLook || site.sensor.state !== "online" || wish.kind === "throttle") {
      this._live = "unknown";
      return;
    }
    try {
      const question = { at: now, errorMs: liveSpanMs, host: host.host, limit: maxLookUpFlows };
      const answer = await app.actions.ask(site.id, (api) => api.lookUp(question));
      this._live = { flows: standing(answer.flows, host.host), isWhole: !answer.hasMore };
    } catch {
      this._live = "unknown";
    }
  }

  private _nameField(name: string): TemplateResult {
    return html`<label class="field"
      ><span>${msg`This machine serves others. Type ${name} to go on`}</span>
      <input
        class="in"
        name="typed-name"
        autocomplete="off"
        .value=${this._typedName}
        @input=${(event: InputEvent) => (this._typedName = (event.target as HTMLInputElement).value)}
      />
      <small>${capital(said(this.host.role.reason))}</small>
    </label>`;
  }

  private _footer(vector: string | null): TemplateResult {
    const isNamed = !this._isServer() || this._typedName.trim().toLowerCase() === hostName(this.host).toLowerCase();
    const hasReason = (this._reason ?? this._prefilled()).trim() !== "";
    const label = !hasReason
      ? msg`First give a reason`
      : !isNamed
        ? msg`First type its name`
        : msg`${deedAsked(this.wish, vector, null)} ${untilWords(this._hours, this.app.state)}`;
    return html` <button
        class="btn pri big"
        type="button"
        ?disabled=${!isNamed || !hasReason || this._isBusy}
        @click=${() => void this._ask()}
      >
        ${label}
      </button>
      <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`;
  }

  private _ask(): Promise<void> {
    const { app, site, host, wish } = this;
    return this._submit(() =>
      app.actions.contain(site, host, {
        kind: wish.kind,
        host: host.host,
        vector: wish.vector,
        reason: (this._reason ?? this._prefilled()).trim(),
        expiresAt: endOf(this._hours, app.state),
        ...(this._isServer() ? { isConfirmed: true } : {}),
      }),
    );
  }

  private _prefilled(): string {
    const what = this.host.class === null ? verdictWords[this.host.verdict] : capital(classWords[this.host.class]);
    return (this.host.why === "" ? what : `${what}: ${uncapital(said(this.host.why))}`).slice(0, 500);
  }

  private _isServer(): boolean {
    const { name, declared = false, guessed = false } = this.host.role;
    return this.wish.kind === "quarantine" && (declared || (!guessed && name.includes("server")));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cut-sheet": CutSheet;
  }
}

/** "Cut off DESK-07", and without the name what the button says. */
function deedAsked(wish: CutSheet["wish"], vector: string | null, name: string | null): string {
  if (vector === null) {
    if (wish.kind === "throttle") return name === null ? msg`Slow down` : msg`Slow down ${name}`;
    return name === null ? msg`Cut off` : msg`Cut off ${name}`;
  }
  if (wish.vector === "arp") return name === null ? msg`Limit ${vector}` : msg`Limit ${vector} of ${name}`;
  if (wish.kind === "throttle") return name === null ? msg`Slow down ${vector}` : msg`Slow down ${vector} of ${name}`;
  return name === null ? msg`Stop ${vector}` : msg`Stop ${vector} of ${name}`;
}
