import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { BoxView } from "../../../src/api/box-view.ts";
import { msg, plural } from "../language/message.ts";
import { said } from "../language/said.ts";
import { boxField, confirmFields, lackOf, type Confirmation } from "./confirm-fields.ts";
import { SheetElement } from "./sheet-element.ts";

const lookEveryMs = 3_000;

/** Has a box forget its site for good, at the end of a job: its name typed, and what it says of it shown. */
@customElement("wipe-sheet")
class WipeSheet extends SheetElement {
  /** Null until they are known. */
  @state() private _boxes: readonly BoxView[] | null = null;
  @state() private _siteId = "";
  @state() private _given: Confirmation = { typed: "", reason: msg`The job is over` };
  @state() private _isAsked = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this._run(() => this._load());
    // What the box says of it comes by itself.
    this.#timer = setInterval(() => this._isAsked && void this._load().catch(() => undefined), lookEveryMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render(): TemplateResult {
    const boxes = (this._boxes ?? []).filter(({ state }) => state !== "retired" && state !== "revoked");
    const box = boxes.find(({ siteId }) => siteId === this._siteId);
    const isOpen = box !== undefined && box.wipe === null;
    const missing =
      this._boxes === null
        ? msg`Asking for the boxes…`
        : boxes.length === 0
          ? msg`There is no box to wipe`
          : box === undefined
            ? msg`First choose a site`
            : !isOpen
              ? msg`It was told already`
              : lackOf(box, this._given);
    return this._frame(
      msg`Wipe a box`,
      msg`Close, nothing is changed`,
      html`<div class="reach">
          <p class="lv">${msg`The box destroys its keys and all that it has kept of the site, for good.`}</p>
          <p class="cap">${msg`For the end of a job. It goes on carrying the line, so nobody there is cut off.`}</p>
        </div>
        <ul class="plan">
          <li>${msg`Whoever is cut off there is let go first: nobody would be left to release them.`}</li>
          <li>${msg`Nothing is judged or stopped there any more. Its flow log and recorded packets are gone.`}</li>
          <li>${msg`Its key is taken back when it says that it is done. To use it again, make it a new card.`}</li>
          <li>${msg`What it has told stays in these records. There is no way back.`}</li>
        </ul>
        <div class="form">
          ${boxField(boxes, (siteId) => this._choose(siteId))}
          ${
            isOpen
              ? confirmFields(box, this._given, (given) => (this._given = given))
              : html`<p role="status">${box === undefined ? "" : this._standing(box)}</p>`
          }
        </div>`,
      html`<button class="btn pri big" ?disabled=${missing !== null || this._isBusy} @click=${() => void this._wipe()}>
          ${missing ?? msg`Wipe it for good`}
        </button>
        <button class="btn big" type="button" @click=${() => this._close()}>
          ${this._isAsked ? msg`Close` : msg`Not now`}
        </button>`,
    );
  }

  private _standing({ wipe, state }: BoxView): string {
    if (wipe === null) return "";
    const { now, time } = this.app.state;
    const ordered = msg`Told ${time.moment(wipe.orderedAt, now)}.`;
    if (wipe.wipedAt === null) {
      const heard =
        state === "online"
          ? msg`The box has not said yet that it is done.`
          : msg`The box is silent; it does it once it is heard.`;
      return `${ordered} ${heard}`;
    }
    const done = msg`It says that it is wiped, ${time.moment(wipe.wipedAt, now)}.`;
    if (wipe.left.length === 0) return `${ordered} ${done} ${msg`Nothing of the site is left on it.`}`;
    const left = wipe.left.map((each) => said(each)).join("; ");
    return `${ordered} ${done} ${plural(wipe.left.length, "{n} thing is left; destroy its card: {0}.", "{n} things are left; destroy its card: {0}.", left)}`;
  }

  private _choose(siteId: string): void {
    this._siteId = siteId;
    this._given = { ...this._given, typed: "" };
  }

  private async _load(): Promise<void> {
    this._boxes = await this.app.actions.account(({ boxes }) => boxes.all());
  }

  private _wipe(): Promise<void> {
    return this._run(async () => {
      await this.app.actions.account(({ boxes }) => boxes.wipe(this._siteId, this._given.reason.trim()));
      this._isAsked = true;
      await this._load();
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "wipe-sheet": WipeSheet;
  }
}
