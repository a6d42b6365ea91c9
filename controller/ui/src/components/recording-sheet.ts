import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { SiteView } from "../../../src/api/view.ts";
import { formText } from "../app/form-text.ts";
import { msg } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { SheetElement } from "./sheet-element.ts";
import { hourMs, termField, type Term } from "./sheet-fields.ts";

const formId = "recording-form";

/** Puts on record who allows that whole packets are recorded. */
@customElement("recording-sheet")
class RecordingSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  /** MAC of the machine that it is first meant for; null is the whole site. */
  @property({ attribute: false }) host!: string | null;

  @state() private _hours = 24;
  @state() private _scope: string | null = null;

  protected override render(): TemplateResult {
    const scope = this._scope ?? this.host ?? "";
    const terms: readonly Term[] = [
      { hours: 1, label: msg`1 h` },
      { hours: 8, label: msg`8 h` },
      { hours: 24, label: msg`24 h` },
      { hours: 7 * 24, label: msg`7 days` },
    ];
    return this._frame(
      msg`Allow that packets are recorded`,
      msg`Close without allowing it`,
      html`<div class="reach">
          <p class="lv">${msg`What people write and read may be in it.`}</p>
          <p>
            ${msg`Say who allows it. The box keeps none without that, stamps it on what it gives out, and deletes all when it is taken back.`}
          </p>
        </div>
        <form class="form" id=${formId} @submit=${(event: SubmitEvent) => void this._allow(event)}>
          <label class="field"
            ><span>${msg`Who allows it`}</span>
            <input class="in" name="by" autocomplete="off" required maxlength="200" />
          </label>
          <label class="field"
            ><span>${msg`As what`}</span>
            <input class="in" name="role" autocomplete="off" required maxlength="200" />
            <small>${msg`The client’s manager, an officer, …`}</small>
          </label>
          <label class="field"
            ><span>${msg`Of whom`}</span>
            <select class="in" @change=${(event: Event) => (this._scope = (event.target as HTMLSelectElement).value)}>
              <option value="" ?selected=${scope === ""}>${msg`The whole site`}</option>
              ${this.site.hosts.flatMap((host) =>
                host.mac === null
                  ? []
                  : [html`<option value=${host.mac} ?selected=${scope === host.mac}>${hostName(host)}</option>`],
              )}
            </select>
          </label>
          ${termField(
            {
              ...{ legend: msg`It ends after`, terms, chosen: this._hours, noEnd: "" },
              onChoose: (hours) => (this._hours = hours ?? 24),
            },
            this.app.state,
          )}
        </form>`,
      html`<button class="btn pri" form=${formId} ?disabled=${this._isBusy}>${msg`Put it on record`}</button>`,
    );
  }

  private _allow(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = formText(event.target);
    const mac = this._scope ?? this.host ?? "";
    const setting = {
      ...{ by: text("by").trim(), role: text("role").trim(), until: this.app.state.now + this._hours * hourMs },
      scope: mac === "" ? ({ kind: "site" } as const) : ({ kind: "host", host: mac } as const),
    };
    return this._submit(async () => {
      await this.app.actions.ask(this.site.id, (api) => api.allowRecording(setting));
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "recording-sheet": RecordingSheet;
  }
}
