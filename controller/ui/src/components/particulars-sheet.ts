import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { HostView, ParticularsWish, SiteView } from "../../../src/api/view.ts";
import { photoOf } from "../app/photo.ts";
import { msg } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { photoPath } from "../words/particulars.ts";
import { SheetElement } from "./sheet-element.ts";
import { textField } from "./sheet-fields.ts";

/** Asks whose a machine is, where it stands, whom to call, and for a photo by which it is found. */
@customElement("particulars-sheet")
class ParticularsSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: string;

  @state() private _changed: Partial<ParticularsWish> = {};
  /** In base64; null takes it away, undefined leaves it. */
  @state() private _photo: string | null | undefined = undefined;

  protected override render(): TemplateResult | typeof nothing {
    const host = this.site.hosts.find((each) => each.host === this.host);
    if (host === undefined) return nothing;
    const wish = this._wish(host);
    const field = (name: keyof ParticularsWish, label: string, maxLength: number, more: object = {}): TemplateResult =>
      textField({
        ...{ label, name, maxLength, value: wish[name], ...more },
        onInput: (value) => (this._changed = { ...this._changed, [name]: value }),
      });
    const body = html`<section class="reach">
        <p class="lv">${msg`For whoever has to find it, or call somebody.`}</p>
        <p class="cap">${msg`Nothing is decided by it. Whoever sees this site sees it.`}</p>
      </section>
      <div class="form">
        ${field("owner", msg`Owner`, 100)} ${field("phone", msg`Phone`, 40)} ${field("place", msg`Place`, 100)}
        ${field("note", msg`Note`, 1000, { rows: 3 })} ${this._photoField(host)}
      </div>`;
    const footer = html`<button
        class="btn pri big"
        type="button"
        ?disabled=${this._isBusy}
        @click=${() => void this._save(host)}
      >
        ${msg`Write it down`}
      </button>
      <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`;
    return this._frame(msg`Whose is ${hostName(host)}?`, msg`Close, nothing is changed`, body, footer);
  }

  private _photoField(host: HostView): TemplateResult {
    const kept = photoPath(this.site.id, host);
    const shown =
      this._photo === undefined ? kept : this._photo === null ? null : `data:image/jpeg;base64,${this._photo}`;
    return html`<div class="field">
      <label>
        <span>${msg`Photo`}</span>
        <input class="in file" type="file" name="photo" accept="image/*" @change=${this._onFile} />
      </label>
      <small>${msg`Made small, and nothing of it is kept but the picture: no place, no time.`}</small>
      ${
        shown === null
          ? nothing
          : html`<img class="photo" src=${shown} alt=${msg`Photo of ${hostName(host)}`} />
              <button class="btn sm" type="button" @click=${() => (this._photo = null)}>
                ${msg`Take the photo away`}
              </button>`
      }
    </div>`;
  }

  private readonly _onFile = (event: Event): void => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file === undefined) return;
    void this._run(async () => {
      this._photo = await photoOf(file);
    });
  };

  private _wish(host: HostView): ParticularsWish {
    const { owner = "", phone = "", place = "", note = "" } = host.particulars ?? {};
    return { owner, phone, place, note, ...this._changed };
  }

  private _save(host: HostView): Promise<void> {
    const { app, site } = this;
    const photo = this._photo;
    return this._submit(async () => {
      await app.actions.changeSite(site.id, (api) => api.writeParticulars(host.host, this._wish(host)));
      if (photo !== undefined) await app.actions.changeSite(site.id, (api) => api.setPhoto(host.host, photo));
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "particulars-sheet": ParticularsSheet;
  }
}
