import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CustomerView, Invited, PersonView, Role } from "../../../src/api/people-view.ts";
import { roles, roleWords } from "../words/people.ts";
import { copyField } from "./copy-field.ts";
import { icon } from "./glyphs.ts";
import { SheetElement } from "./sheet-element.ts";
import { choiceField, hourMs, termField, textField, type Term } from "./sheet-fields.ts";
import { allSites, scopeOfSight, sightField, sightOfScope, type Sight } from "./sight-field.ts";
import { msg } from "../language/message.ts";

const guestTerms: readonly Term[] = [
  { hours: 8, label: "8 h" },
  { hours: 24, label: "24 h" },
  { hours: 7 * 24, label: "7 days" },
  { hours: 30 * 24, label: "30 days" },
];

/** Invites somebody, or changes what somebody may. */
@customElement("invite-sheet")
class InviteSheet extends SheetElement {
  /** Null invites. */
  @property({ attribute: false }) person!: PersonView | null;
  /** The role that is offered first to somebody new. */
  @property({ attribute: false }) firstRole: Role = "technician";

  @state() private _name = "";
  @state() private _role: Role = "technician";
  @state() private _sight: Sight = allSites;
  @state() private _hours = 24;
  @state() private _known: readonly CustomerView[] = [];
  @state() private _invited: Invited | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    const { person } = this;
    this._role = this.firstRole;
    if (person !== null) {
      this._role = person.role;
      this._sight = sightOfScope(person);
    }
    void this.app.actions.account((api) => api.customers()).then((known) => (this._known = known));
  }

  protected override render(): TemplateResult {
    const { person, _invited: invited } = this;
    if (invited !== null) return this._told(invited);
    const title = person === null ? msg`Invite somebody` : msg`What may ${person.name} do?`;
    const { label, may } = roleWords[this._role];
    const isReady = person !== null || this._name.trim() !== "";
    return this._frame(
      title,
      person === null ? msg`Close without inviting` : msg`Close without changing`,
      html`<div class="reach">
          <p class="lv">${label}</p>
          <p>${may}</p>
        </div>
        ${
          person === null
            ? textField({
                ...{ label: msg`Name`, name: "name", value: this._name, maxLength: 100 },
                note: msg`It stands in the audit log beside all that is done.`,
                onInput: (name) => (this._name = name),
              })
            : nothing
        }
        ${choiceField({
          ...{ legend: msg`Role`, name: "role", chosen: this._role },
          options: roles.map((role) => [role, roleWords[role].label] as const),
          onChoose: (role) => (this._role = role),
        })}
        ${sightField(this._sight, { customers: this._known, sites: this.app.state.sites ?? [] }, (sight) => (this._sight = sight))}
        ${this._role === "guest" ? this._until() : nothing}`,
      html`<button class="btn pri" ?disabled=${this._isBusy || !isReady} @click=${() => void this._save()}>
        ${person === null ? msg`Make the invitation` : msg`Change it`}
      </button>`,
    );
  }

  private _until(): TemplateResult {
    return termField(
      {
        ...{ legend: msg`The link ends after`, terms: guestTerms, chosen: this._hours, noEnd: "" },
        onChoose: (hours) => (this._hours = hours ?? 24),
      },
      this.app.state,
    );
  }

  private async _save(): Promise<void> {
    const { person } = this;
    const expiresAt = this._role === "guest" ? this.app.state.now + this._hours * hourMs : null;
    const wish = { role: this._role, ...scopeOfSight(this._sight), expiresAt };
    const { account } = this.app.actions;
    if (person !== null)
      return this._submit(async () => void (await account((api) => api.changePerson(person.id, wish))));
    if (this._isBusy) return;
    // What it answers is to be read before the sheet goes.
    await this._run(async () => {
      this._invited = await account((api) => api.invite({ name: this._name.trim(), ...wish }));
    });
  }

  private _told({ person, path }: Invited): TemplateResult {
    const isGuest = person.role === "guest";
    return this._frame(
      msg`${person.name} is invited.`,
      msg`Close`,
      html`<div class="reach">
          <p class="lv">
            ${icon("i-user")} ${isGuest ? msg`Whoever has this link looks.` : msg`Give this link to nobody else.`}
          </p>
          <p>
            ${isGuest ? msg`It works until it ends.` : msg`It works once, within a week, and leads to a password and an app for codes.`}
          </p>
        </div>
        ${copyField(msg`Link`, location.origin + path)}`,
      html`<button class="btn pri" @click=${() => this._close()}>${msg`Done`}</button> ${
          isGuest
            ? nothing
            : html`<button class="btn" @click=${() => this._take(path)}>${msg`It is for me: take it here`}</button>`
        }`,
    );
  }

  private _take(path: string): void {
    this._close();
    this.app.actions.go(path);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "invite-sheet": InviteSheet;
  }
}
