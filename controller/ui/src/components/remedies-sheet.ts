import { portalLanguages } from "@cordon/contract";
import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { hostName } from "../words/host.ts";
import { languageName } from "../words/list.ts";
import { parseRemedies, remedyLines } from "../words/remedies.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { choiceField, endOf, termField, textField, tickField, type Term } from "./sheet-fields.ts";
import { msg, words } from "../language/message.ts";

/** What cut-off machines keep, and what their users are told. */
@customElement("remedies-sheet")
class RemediesSheet extends ChangeSheet {
  @state() private _isShipped: boolean | null = null;
  @state() private _lines: string | null = null;
  @state() private _hasPage: boolean | null = null;
  @state() private _contact: string | null = null;
  @state() private _text: string | null = null;
  @state() private _language: string | null = null;

  protected override _change(reason: string): Promise<void> {
    const { app, site } = this;
    const { names, addresses } = parseRemedies(this._entries());
    const { remedies, portal } = site.keeps;
    const text = (this._text ?? portal.text ?? "").trim();
    const contact = (this._contact ?? portal.contact ?? "").trim();
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) =>
        api.setRemedies({
          remedies: { ...remedies, shipped: this._isShipped ?? remedies.shipped, names, addresses },
          portal: {
            isOn: this._hasPage ?? portal.isOn,
            ...(text === "" ? {} : { text }),
            ...(contact === "" ? {} : { contact }),
            language: this._language ?? portal.language ?? portalLanguages[0],
          },
          reason,
        }),
      ),
    );
  }

  protected override _missing(): string | null {
    const [wrong] = parseRemedies(this._entries()).wrong;
    return wrong === undefined ? null : msg`First mend the list`;
  }

  protected override _changeWords(): ChangeWords {
    const { wrong } = parseRemedies(this._entries());
    return {
      title: msg`What a cut-off machine reaches`,
      level:
        wrong.length === 0
          ? msg`Each machine that is cut off reaches these, and nothing else.`
          : msg`No name or address: ${wrong[0] ?? ""}`,
      consequences: [
        ["i-eye", msg`By name`, msg`its names below it as well. An address that serves other names too opens those.`],
        ["i-x", msg`Never`, msg`a port that worms spread by, whatever is listed.`],
      ],
      ...{ reason: msg`What cleaning takes`, button: msg`Change it` },
    };
  }

  protected override _fields(): TemplateResult {
    const { remedies, portal } = this.site.keeps;
    return html`${tickField({
      legend: msg`Shipped`,
      options: [
        {
          ...{ value: "shipped", label: msg`Names of system updates and virus scanners` },
          isOn: this._isShipped ?? remedies.shipped,
        },
      ],
      onTick: (_, isOn) => (this._isShipped = isOn),
    })}
    ${textField({
      ...{ label: msg`Your own`, name: "remedies", value: this._entries(), maxLength: 40_000, rows: 4 },
      note: msg`One name or address a line, with its tcp ports where they are not 80 and 443: helpdesk.example 8443`,
      onInput: (value) => (this._lines = value),
    })}
    ${tickField({
      legend: msg`Its user`,
      options: [
        {
          ...{ value: "page", label: msg`Is shown a page where the browser asks for one` },
          isOn: this._hasPage ?? portal.isOn,
        },
      ],
      onTick: (_, isOn) => (this._hasPage = isOn),
    })}
    ${textField({
      ...{ label: msg`Whom to call`, name: "contact", value: this._contact ?? portal.contact ?? "", maxLength: 160 },
      onInput: (value) => (this._contact = value),
    })}
    ${textField({
      ...{
        label: msg`What happened`,
        name: "portal-text",
        value: this._text ?? portal.text ?? "",
        maxLength: 400,
        rows: 2,
      },
      note: msg`Left empty, the page says it in its own words.`,
      onInput: (value) => (this._text = value),
    })}
    ${choiceField({
      legend: msg`Language of the page, where its browser asks for none that the box speaks`,
      name: "portal-language",
      options: portalLanguages.map((language) => [language, languageName(language)] as const),
      chosen: portalLanguages.find((each) => each === (this._language ?? portal.language)) ?? portalLanguages[0],
      onChoose: (language) => (this._language = language),
    })}`;
  }

  private _entries(): string {
    const { names, addresses } = this.site.keeps.remedies;
    return this._lines ?? remedyLines([...names, ...addresses]);
  }
}

const pardonTerms = words<readonly Term[]>([
  { hours: 24, label: "24 h" },
  { hours: 168, label: "7 days" },
  { hours: null, label: "No end" },
]);

/** Asks before a machine is let be. */
@customElement("pardon-sheet")
class PardonSheet extends ChangeSheet {
  @property({ attribute: false }) host!: string;

  @state() private _hours: number | null = 24;

  protected override _change(reason: string): Promise<void> {
    const { app, site, host } = this;
    const until = endOf(this._hours, app.state);
    return this._submit(() => app.actions.changeSite(site.id, (api) => api.pardon(host, { reason, until })));
  }

  protected override _changeWords(): ChangeWords {
    const host = this.site.hosts.find((each) => each.host === this.host);
    const name = host === undefined ? this.host : hostName(host);
    return {
      title: msg`Let ${name} be?`,
      level: msg`Its probation ends: ${name} has the budget that all have.`,
      consequences: [
        [
          "i-check",
          msg`Left alone`,
          msg`Cordon does nothing to it by itself meanwhile, whatever it does. You can cut it off.`,
        ],
        ["i-eye", msg`Goes on`, msg`Cordon judges it like any other.`],
      ],
      reason: msg`I know this machine`,
      button: msg`Let ${name} be`,
    };
  }

  protected override _fields(): TemplateResult {
    return termField(
      {
        ...{ legend: msg`Leave it alone until`, terms: pardonTerms, chosen: this._hours, noEnd: msg`you take it back` },
        onChoose: (hours) => (this._hours = hours),
      },
      this.app.state,
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "remedies-sheet": RemediesSheet;
    "pardon-sheet": PardonSheet;
  }
}
