import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { BoxTerms, MadeBox } from "../../../src/api/box-view.ts";
import { RefusedError } from "../api/ui-error.ts";
import { msg, words } from "../language/message.ts";
import {
  emptyDraft,
  faultWords,
  fieldLabels,
  isAsked,
  isLoopback,
  isOwnUrl,
  labelUrl,
  planOf,
  type BoxDraft,
  type PlacementChoice,
  type PolicyChoice,
} from "../words/box-plan.ts";
import "./made-box.ts";
import { SheetElement } from "./sheet-element.ts";
import { choiceField, textField, tickField } from "./sheet-fields.ts";

const placements = words<Readonly<Record<PlacementChoice, { readonly label: string; readonly says: string }>>>({
  auto: {
    label: "Let it find out",
    says: "It begins as if behind the router, and goes over where it finds that it stands before it.",
  },
  lan: { label: "Router and switch", says: "It sees every machine, and can cut each from the Internet." },
  wan: {
    label: "Modem and router",
    says: "It sees the line, not the single machine behind the router; it needs a third port for its way home.",
  },
  mirror: { label: "A mirrored port", says: "It sees copies, and can stop nothing." },
  gateway: {
    label: "A repair bench",
    says: "It is the router of a network of its own for machines that are being repaired.",
  },
});

const policies = words<Readonly<Record<PolicyChoice, string>>>({
  observe: "Nothing",
  guard: "Slow down, stop a way of spreading",
  contain: "Cut off",
});

type TextKey = { [Key in keyof BoxDraft]: BoxDraft[Key] extends string ? Key : never }[keyof BoxDraft];

/** Asks what there is to know of a new site, has its box made, and gives out image and label. */
@customElement("box-sheet")
class BoxSheet extends SheetElement {
  @state() private _draft: BoxDraft = { ...emptyDraft, host: location.hostname, url: labelUrl(location.origin) };
  @state() private _faults: readonly string[] = [];
  @state() private _made: MadeBox | null = null;
  /** Null until they are known. */
  @state() private _terms: BoxTerms | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this._run(() => this._load());
  }

  protected override render(): TemplateResult {
    const { _made: made } = this;
    if (made !== null) {
      return this._frame(
        msg`The box of ${made.siteName} is made.`,
        msg`Close`,
        html`<made-box .made=${made}></made-box>`,
        html`<button class="btn" @click=${() => this._close()}>${msg`Done`}</button>`,
      );
    }
    const isReady = this._draft.name.trim() !== "" && this._draft.host.trim() !== "";
    return this._frame(
      msg`Add a box`,
      msg`Close without adding`,
      html`${this._where()} ${this._who()} ${this._more()} ${this._wrong()}`,
      html`<button class="btn pri" ?disabled=${this._isBusy || !isReady} @click=${() => void this._make()}>
        ${this._isBusy ? msg`Making it…` : msg`Make the box`}
      </button>`,
    );
  }

  private _where(): TemplateResult {
    const { placement, policy } = this._draft;
    return html`<div class="reach">
        <p class="lv">${placements[placement].label}</p>
        <p>${placements[placement].says}</p>
      </div>
      ${this._text("name", { maxLength: 200 })}
      ${choiceField({
        ...{ legend: fieldLabels.placement, name: "placement", chosen: placement },
        options: (Object.keys(placements) as PlacementChoice[]).map((key) => [key, placements[key].label] as const),
        onChoose: (chosen) => this._set({ placement: chosen }),
      })}
      ${
        isAsked("policy", placement)
          ? choiceField({
              ...{ legend: fieldLabels.policy, name: "policy", chosen: policy },
              options: (Object.keys(policies) as PolicyChoice[]).map((key) => [key, policies[key]] as const),
              onChoose: (chosen) => this._set({ policy: chosen }),
            })
          : nothing
      }
      ${this._text("host", { note: msg`A name or an address that is reached from the site.` })}
      ${
        isLoopback(this._draft.host)
          ? html`<p class="refusal" role="status">
              ${msg`Seen from the box, this address is the box itself. Say one by which the site reaches this machine.`}
            </p>`
          : nothing
      }
      ${this._text("port", { note: msg`The one that this controller serves boxes on, or the one that leads there from outside.` })}
      ${this._text("fallback", { note: msg`Nothing means 443.` })}
      ${this._text("url", { note: msg`The code on the label leads there, by https:// alone. Nothing means that it leads nowhere.` })}
      ${
        isOwnUrl(this._draft.url)
          ? html`<p class="refusal" role="status">
              ${msg`A telephone that reads this from the label comes to itself. Say an address by which people reach this machine, or nothing.`}
            </p>`
          : nothing
      }`;
  }

  private _who(): TemplateResult | typeof nothing {
    return this._text("contacts", {
      rows: 2,
      note: msg`One on a line: name, telephone, e-mail, what for; with commas between them. Three at most; they stand on the label.`,
    });
  }

  private _more(): TemplateResult {
    return html`<details>
        <summary>${msg`Ports and networks`}</summary>
        ${this._text("networks", { note: msg`With commas between them; nothing means private ranges.` })}
        ${this._text("inside", { note: msg`Nothing means by their places: management first, then inside, then outside.` })}
        ${this._text("outside")} ${this._text("management")}
        ${this._text("address", { note: msg`With its prefix, such as 192.168.1.5/24; nothing means by DHCP.` })}
        ${this._text("router")}
        ${this._text("ownResolvers", { note: msg`With commas between them. By a fixed address the box finds its controller by these alone.` })}
        ${this._text("gatewayInside", { note: msg`With its prefix; nothing means 10.213.77.1/24.` })}
        ${this._text("gatewayAddress", { note: msg`With its prefix, such as 192.168.1.5/24; nothing means by DHCP.` })}
        ${this._text("gatewayRouter")} ${this._text("resolvers")}
        ${
          isAsked("isPppoe", this._draft.placement)
            ? tickField({
                legend: fieldLabels.isPppoe,
                options: [{ value: "pppoe", label: "PPPoE", isOn: this._draft.isPppoe }],
                onTick: (_value, isOn) => this._set({ isPppoe: isOn }),
              })
            : nothing
        }
        ${this._text("vlan", { note: msg`Its number; nothing means untagged. The box follows both by itself, the label says them.` })}
      </details>
      ${
        isAsked("machines", this._draft.placement)
          ? html`<details>
              <summary>${msg`Machines and areas`}</summary>
              ${this._text("machines", { rows: 3, note: msg`One on a line: its hardware address and mail-server, server, monitoring, scanner, backup or mail.` })}
              ${this._text("areas", { rows: 3, note: msg`One on a line: its name, a colon, hardware addresses with commas between them.` })}
            </details>`
          : nothing
      }
      <details>
        <summary>${msg`Who has allowed recordings`}</summary>
        ${this._text("allowedBy", { note: msg`This switches nothing on. Nothing means that nobody has.` })}
        ${this._text("allowedAs")} ${this._text("allowedOn", { note: msg`Year, month and day, such as 2027-01-31.` })}
        ${this._text("allowedUntil")}
      </details>`;
  }

  private _wrong(): TemplateResult | typeof nothing {
    if (this._faults.length === 0) return nothing;
    return html`<div class="refusal" role="alert">
      <b>${msg`This cannot be used yet.`}</b>
      <ul>
        ${this._faults.map((fault) => html`<li>${faultWords(fault)}</li>`)}
      </ul>
    </div>`;
  }

  /** A field, where the box's place asks for it. */
  private _text(
    key: TextKey,
    { maxLength = 4000, ...more }: { readonly rows?: number; readonly note?: string; readonly maxLength?: number } = {},
  ): TemplateResult | typeof nothing {
    if (!isAsked(key, this._draft.placement)) return nothing;
    const value = this._draft[key];
    return textField({
      ...{ label: fieldLabels[key], name: key, value, maxLength },
      ...more,
      onInput: (typed) => this._set({ [key]: typed }),
    });
  }

  private _set(change: Partial<BoxDraft>): void {
    this._draft = { ...this._draft, ...change };
  }

  /** The ports that the controller serves on, where nobody has typed others meanwhile. */
  private async _load(): Promise<void> {
    this._terms = await this.app.actions.account(({ boxes }) => boxes.terms());
    const { port, fallbackPort } = this._terms;
    const { port: typed, fallback } = this._draft;
    this._set({
      ...(typed === "" ? { port: String(port) } : {}),
      ...(fallback === "" && fallbackPort !== null ? { fallback: String(fallbackPort) } : {}),
    });
  }

  private _make(): Promise<void> {
    return this._run(async () => {
      this._faults = [];
      try {
        this._made = await this.app.actions.account(({ boxes }) => boxes.make(planOf(this._draft)));
      } catch (error) {
        if (!(error instanceof RefusedError) || error.code !== "bad-site-plan") throw error;
        this._faults = error.detail.split("\n");
      }
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "box-sheet": BoxSheet;
  }
}
