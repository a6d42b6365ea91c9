import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { BoxView, MadeBox } from "../../../src/api/box-view.ts";
import { msg } from "../language/message.ts";
import { emptyDraft, fieldLabels, labelUrl, planOf, type BoxDraft } from "../words/box-plan.ts";
import { boxField, confirmFields, lackOf, type Confirmation } from "./confirm-fields.ts";
import "./made-box.ts";
import { SheetElement } from "./sheet-element.ts";
import { textField } from "./sheet-fields.ts";

/** Gives the box of a site a new card, or takes its identity back: for one that lost its data, was stolen or was copied. */
@customElement("card-sheet")
class CardSheet extends SheetElement {
  @property({ attribute: false }) isRevoking = false;
  /** Null until they are known. */
  @state() private _boxes: readonly BoxView[] | null = null;
  @state() private _siteId = "";
  @state() private _given: Confirmation = { typed: "", reason: "" };
  @state() private _ports: BoxDraft = emptyDraft;
  @state() private _made: MadeBox | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this._run(async () => {
      this._boxes = await this.app.actions.account(({ boxes }) => boxes.all());
    });
  }

  protected override render(): TemplateResult {
    const { _made: made, isRevoking } = this;
    if (made !== null) {
      return this._frame(
        msg`The new card of ${made.siteName} is made.`,
        msg`Close`,
        html`<made-box .made=${made}></made-box>`,
        html`<button class="btn" @click=${() => this._close()}>${msg`Done`}</button>`,
      );
    }
    const boxes = (this._boxes ?? []).filter(
      ({ state }) => state !== "retired" && !(isRevoking && (state === "revoked" || state === "wiped")),
    );
    const box = boxes.find(({ siteId }) => siteId === this._siteId);
    const missing = box === undefined ? msg`First choose a site` : isRevoking ? lackOf(box, this._given) : null;
    return this._frame(
      isRevoking ? msg`Take a box’s identity back` : msg`A new card for a box`,
      msg`Close, nothing is changed`,
      html`<div class="reach">
          <p class="lv">
            ${isRevoking ? msg`The controller refuses this box from now on, until it comes with a new card.` : msg`For a box that lost its data, or whose card was copied: the same site, with a new token and PIN.`}
          </p>
          <p class="cap">
            ${isRevoking ? msg`For a card that was copied or stolen. It goes on carrying the line, and what it holds stays held; nobody here sees or changes it.` : msg`The token before counts no longer. A box that works goes on working until another comes with the new card.`}
          </p>
        </div>
        <div class="form">
          ${boxField(boxes, (siteId) => this._choose(siteId))}
          ${box === undefined ? nothing : isRevoking ? confirmFields(box, this._given, (given) => (this._given = given)) : this._sockets()}
        </div>`,
      html`<button class="btn pri big" ?disabled=${missing !== null || this._isBusy} @click=${() => void this._do()}>
          ${missing ?? (isRevoking ? msg`Take it back` : msg`Make the card`)}
        </button>
        <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`,
    );
  }

  private _sockets(): TemplateResult {
    return html`<details>
      <summary>${msg`Ports and networks`}</summary>
      ${(["inside", "outside", "management"] as const).map((key) =>
        textField({
          ...{ label: fieldLabels[key], name: key, value: this._ports[key], maxLength: 17 },
          ...(key === "inside"
            ? { note: msg`Nothing means by their places: management first, then inside, then outside.` }
            : {}),
          onInput: (typed) => (this._ports = { ...this._ports, [key]: typed }),
        }),
      )}
    </details>`;
  }

  private _choose(siteId: string): void {
    this._siteId = siteId;
    this._given = { ...this._given, typed: "" };
  }

  private _do(): Promise<void> {
    const { account } = this.app.actions;
    if (this.isRevoking) {
      return this._submit(() => account(({ boxes }) => boxes.revoke(this._siteId, this._given.reason.trim())));
    }
    return this._run(async () => {
      const { ports } = planOf({ ...this._ports, placement: "lan" }) as { readonly ports?: object };
      const url = labelUrl(location.origin);
      const wish = { ...(ports === undefined ? {} : { ports }), ...(url === "" ? {} : { url }) };
      this._made = await account(({ boxes }) => boxes.remake(this._siteId, wish));
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "card-sheet": CardSheet;
  }
}
