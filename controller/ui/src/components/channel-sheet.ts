import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ChannelView } from "../../../src/api/notification-view.ts";
import { draftOf, missingIn, wishOf, type ChannelDraft } from "../words/channel-draft.ts";
import { kindWords, severityWords } from "../words/notification.ts";
import { SheetElement } from "./sheet-element.ts";
import { choiceField, textField, tickField } from "./sheet-fields.ts";
import { msg } from "../language/message.ts";

type TextName = { [K in keyof ChannelDraft]: ChannelDraft[K] extends string ? K : never }[keyof ChannelDraft];

/** Sets up a channel, changes it or takes it away. */
@customElement("channel-sheet")
class ChannelSheet extends SheetElement {
  /** Null adds one. */
  @property({ attribute: false }) channel!: ChannelView | null;

  @state() private _draft!: ChannelDraft;
  @state() private _isEnding = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this._draft = draftOf(
      this.channel,
      Intl.DateTimeFormat().resolvedOptions().timeZone,
      this.app.state.languages.shown,
    );
  }

  protected override render(): TemplateResult {
    const { channel } = this;
    const missing = missingIn(this._draft, channel);
    const title = channel === null ? msg`Add a channel` : msg`Change ${channel.name}`;
    const save = channel === null ? msg`Add it` : msg`Change it`;
    return this._frame(
      title,
      msg`Close`,
      html`<div class="form">${this._target()} ${this._terms()}</div>`,
      html`<button
          class="btn pri"
          type="button"
          ?disabled=${missing !== null || this._isBusy}
          @click=${() => void this._save()}
        >
          ${missing ?? save}
        </button>
        ${
          channel === null
            ? html`<button class="btn" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`
            : html`<button class="btn" type="button" ?disabled=${this._isBusy} @click=${() => this._end(channel)}>
                ${this._isEnding ? msg`Take it away for good` : msg`Take it away…`}
              </button>`
        }`,
    );
  }

  private _target(): TemplateResult {
    const { channel } = this;
    const { kind } = this._draft;
    return html`${
      channel === null
        ? choiceField({
            ...{ legend: msg`Kind`, name: "kind", chosen: kind },
            options: (["email", "webhook", "ntfy"] as const).map((each) => [each, kindWords[each]] as const),
            onChoose: (chosen) => this._set({ kind: chosen }),
          })
        : nothing
    }
    ${this._text("name", msg`Name`, 80)}
    ${kind === "email" ? this._email() : kind === "webhook" ? this._webhook() : this._ntfy()}`;
  }

  private _email(): TemplateResult {
    return html`${this._text("to", msg`To`, 2000, msg`Several are parted by commas.`)}
    ${this._text("from", msg`From`, 256)} ${this._text("host", msg`Mail server`, 253)}
    ${choiceField({
      ...{ legend: msg`Encryption`, name: "security", chosen: this._draft.security },
      options: [
        ["starttls", "STARTTLS, 587"],
        ["tls", "TLS, 465"],
        ["none", msg`None, 25`],
      ] as const,
      onChoose: (security) => this._set({ security, port: { starttls: "587", tls: "465", none: "25" }[security] }),
    })}
    ${this._text("port", msg`Port`, 5)} ${this._text("user", msg`User, where it asks for one`, 256)}
    ${this._secret("password", msg`Password`, "password")}`;
  }

  private _webhook(): TemplateResult {
    return html`${this._secret("url", msg`Address`, "url")}
    ${this._secret("signingSecret", msg`Secret that signs it`, "signingSecret", msg`At least 16 characters, or whsec_ and base64: Standard Webhooks.`)}`;
  }

  private _ntfy(): TemplateResult {
    return html`${this._text("server", msg`Server`, 300)}
    ${this._text("topic", msg`Topic`, 64, msg`On a public server whoever knows it reads along.`)}
    ${this._secret("token", msg`Access token, where it asks for one`, "token")}`;
  }

  private _terms(): TemplateResult {
    const draft = this._draft;
    const sites = this.app.state.sites ?? [];
    const { chosenSites } = draft;
    return html`${choiceField({
        ...{ legend: msg`What is told`, name: "least", chosen: draft.leastSeverity },
        options: [
          ["critical", msg`Critical`],
          ["warning", msg`Warnings too`],
          ["info", msg`All`],
        ] as const,
        onChoose: (leastSeverity) => this._set({ leastSeverity }),
      })}
      <p class="cap">${severityWords[draft.leastSeverity]}.</p>
      ${choiceField({
        ...{ legend: msg`Language`, name: "language", chosen: draft.language },
        options: this.app.state.languages.offers.map(({ language, name }) => [language, name] as const),
        onChoose: (language) => this._set({ language }),
      })}
      ${tickField({
        legend: msg`Sites`,
        options: [
          { value: "", label: msg`All, those to come too`, isOn: chosenSites === null },
          ...(chosenSites === null
            ? []
            : sites.map(({ id, name }) => ({ value: id, label: name, isOn: chosenSites.includes(id) }))),
        ],
        onTick: (id, isOn) => this._tickSite(id, isOn),
      })}
      ${tickField({
        legend: msg`Quiet hours`,
        options: [{ value: "on", label: msg`Tell only an infected machine that nothing holds`, isOn: draft.hasQuiet }],
        onTick: (_, isOn) => this._set({ hasQuiet: isOn }),
      })}
      ${
        draft.hasQuiet
          ? html`<div class="pair">${this._time("quietFrom", msg`From`)} ${this._time("quietTo", msg`To`)}</div>
              ${this._text("timeZone", msg`Time zone`, 64, msg`As in Europe/Berlin.`)}`
          : nothing
      }
      ${
        this.channel === null
          ? nothing
          : tickField({
              legend: msg`In use`,
              options: [{ value: "on", label: msg`Switched on; off, what waits is dropped`, isOn: draft.isEnabled }],
              onTick: (_, isOn) => this._set({ isEnabled: isOn }),
            })
      }`;
  }

  private _text(name: TextName, label: string, maxLength: number, note?: string): TemplateResult {
    return textField({
      ...{ label, name, value: this._draft[name], maxLength },
      ...(note === undefined ? {} : { note }),
      onInput: (value) => this._set({ [name]: value }),
    });
  }

  /** A field that is never filled in: what it holds is given out to nobody. */
  private _secret(name: TextName, label: string, key: string, hint = ""): TemplateResult {
    const isSet = this.channel?.secretsSet.includes(key) === true;
    const note = isSet ? msg`Set, and not shown. Left empty, it stays. ${hint}` : hint;
    return html`<label class="field"
        ><span>${label}</span>
        <input
          class="in"
          type=${name === "url" ? "url" : "password"}
          name=${name}
          autocomplete="new-password"
          maxlength="2000"
          .value=${this._draft[name]}
          @input=${(event: InputEvent) => this._set({ [name]: (event.target as HTMLInputElement).value })}
        />
        ${note === "" ? nothing : html`<small>${note}</small>`}
      </label>
      ${
        isSet && (key === "token" || key === "signingSecret")
          ? tickField({
              legend: msg`Do without it`,
              options: [{ value: key, label: msg`Forget what is set`, isOn: this._draft.forgotten.includes(key) }],
              onTick: (_, isOn) => this._set({ forgotten: isOn ? [key] : [] }),
            })
          : nothing
      }`;
  }

  private _time(name: "quietFrom" | "quietTo", label: string): TemplateResult {
    return html`<label class="field"
      ><span>${label}</span>
      <input
        class="in"
        type="time"
        name=${name}
        .value=${this._draft[name]}
        @input=${(event: InputEvent) => this._set({ [name]: (event.target as HTMLInputElement).value })}
      />
    </label>`;
  }

  private _tickSite(id: string, isOn: boolean): void {
    const chosen = this._draft.chosenSites ?? [];
    if (id === "") this._set({ chosenSites: isOn ? null : [] });
    else this._set({ chosenSites: isOn ? [...chosen, id] : chosen.filter((each) => each !== id) });
  }

  private _set(change: Partial<ChannelDraft>): void {
    this._draft = { ...this._draft, ...change };
    this._isEnding = false;
  }

  private _save(): Promise<void> {
    const { app, channel } = this;
    const wish = wishOf(this._draft, channel);
    return this._submit(async () => {
      await app.actions.notifications((api) =>
        channel === null ? api.addChannel(wish) : api.changeChannel(channel.id, wish),
      );
    });
  }

  private _end({ id }: ChannelView): void {
    if (!this._isEnding) this._isEnding = true;
    else void this._submit(() => this.app.actions.notifications((api) => api.deleteChannel(id)));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "channel-sheet": ChannelSheet;
  }
}
