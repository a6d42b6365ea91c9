import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { CustomerView, Invited, PersonView } from "../../../src/api/people-view.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { copyField } from "../components/copy-field.ts";
import { textField } from "../components/sheet-fields.ts";
import { foot } from "../components/top-bar.ts";
import { troubleLine } from "../components/trouble-line.ts";
import { roleWords, sightOf, standingOf, standingWords } from "../words/people.ts";
import { PageElement } from "./page-element.ts";
import { topOf } from "./page-top.ts";
import { unanswered } from "./waiting.ts";
import { msg, plural } from "../language/message.ts";

/** Who may sign in, what each may, and whose the sites are. */
@customElement("people-page")
class PeoplePage extends PageElement {
  @state() private _people: readonly PersonView[] | null = null;
  @state() private _customers: readonly CustomerView[] = [];
  @state() private _again: Invited | null = null;
  @state() private _customer = "";
  @state() private _trouble: Trouble | null = null;
  private _wasOpen = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this._load();
  }

  override onCommand(): void {
    // Nothing here is done by a single key.
  }

  protected override updated(): void {
    // What a sheet changed is fetched once that has closed.
    const isOpen = this.app.state.sheet !== null;
    if (this._wasOpen && !isOpen) void this._load();
    this._wasOpen = isOpen;
  }

  protected override render(): TemplateResult {
    const people = this._people;
    if (people === null) return unanswered(this.app, msg`People`, this._trouble);
    const invite = html`<button class="btn pri" @click=${() => this.app.actions.open({ kind: "person", person: null })}>
      ${msg`Invite somebody`}
    </button>`;
    const text = plural(
      people.length,
      "{n} person may sign in, and the operator by a link of the terminal.",
      "{n} people may sign in, and the operator by a link of the terminal.",
    );
    return html`${topOf(this.app, msg`People`)}
      <main>
        <section class="head">
          <h1 tabindex="-1">${text}</h1>
          ${invite}
        </section>
        ${troubleLine(this._trouble)} ${people.length === 0 ? nothing : this._table(people)}
        ${this._again === null ? nothing : html`<section class="again">${copyField(msg`Link for ${this._again.person.name}`, location.origin + this._again.path)}</section>`}
        ${this._ofCustomers()} ${foot(this.app)}
      </main>`;
  }

  private _table(people: readonly PersonView[]): TemplateResult {
    return html`<table class="people" role="table">
      <caption class="sr">
        ${msg`People`}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${[msg`Name`, msg`Role`, msg`Sees`, msg`Account`, ""].map((text) => html`<th role="columnheader" scope="col">${text === "" ? html`<span class="sr">${msg`What can be done`}</span>` : text}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${people.map((person) => this._row(person))}
      </tbody>
    </table>`;
  }

  private _row(person: PersonView): TemplateResult {
    const { state, actions } = this.app;
    const known = { customers: this._customers, sites: state.sites ?? [] };
    const standing = standingOf(person, state.now);
    const until = person.expiresAt === null ? "" : msg`until ${state.time.until(person.expiresAt, state.now)}`;
    const change = (isDisabled: boolean) =>
      this._do(() => actions.account((api) => api.changePerson(person.id, { isDisabled })));
    return html`<tr role="row" class=${standing === "disabled" || standing === "over" ? "off" : ""}>
      <th role="rowheader" scope="row">${person.name}</th>
      <td role="cell">${roleWords[person.role].label}</td>
      <td role="cell">${sightOf(person, known)}</td>
      <td role="cell">${standingWords[standing]} ${standing === "active" ? until : ""}</td>
      <td role="cell" class="does">
        <button
          class="btn sm"
          aria-label=${msg`Change ${person.name}`}
          @click=${() => actions.open({ kind: "person", person })}
        >
          ${msg`Change`}
        </button>
        <button
          class="btn sm"
          aria-label=${msg`New link for ${person.name}`}
          @click=${() => void this._inviteAgain(person)}
        >
          ${msg`New link`}
        </button>
        <button
          class="btn sm"
          aria-label=${person.isDisabled ? msg`Enable ${person.name}` : msg`Disable ${person.name}`}
          @click=${() => void change(!person.isDisabled)}
        >
          ${person.isDisabled ? msg`Enable` : msg`Disable`}
        </button>
      </td>
    </tr>`;
  }

  private _ofCustomers(): TemplateResult {
    const sites = this.app.state.sites ?? [];
    const ownerOf = (siteId: string) => this._customers.find((customer) => customer.sites.includes(siteId))?.id ?? "";
    const add = (event: Event): void => {
      event.preventDefault();
      const name = this._customer.trim();
      if (name === "") return;
      this._customer = "";
      void this._do(() => this.app.actions.account((api) => api.addCustomer(name)));
    };
    const assign = (siteId: string, id: string) =>
      this._do(() => this.app.actions.account((api) => api.assignSite(siteId, id === "" ? null : id)));
    return html`<section class="customers">
      <h2>${msg`Customers`}</h2>
      <p>${msg`People who see one customer neither see nor can guess the sites of another.`}</p>
      <form class="row" @submit=${add}>
        ${textField({
          ...{ label: msg`Add a customer`, name: "customer", value: this._customer, maxLength: 100 },
          onInput: (name) => (this._customer = name),
        })}
        <button class="btn">${msg`Add`}</button>
      </form>
      ${sites.map(
        ({ id, name }) =>
          html`<label class="field"
            ><span>${name}</span>
            <select class="in" @change=${(event: Event) => void assign(id, (event.target as HTMLSelectElement).value)}>
              <option value="" ?selected=${ownerOf(id) === ""}>${msg`Nobody’s in particular`}</option>
              ${this._customers.map((customer) => html`<option value=${customer.id} ?selected=${ownerOf(id) === customer.id}>${customer.name}</option>`)}
            </select>
          </label>`,
      )}
    </section>`;
  }

  private async _inviteAgain(person: PersonView): Promise<void> {
    await this._do(async () => {
      this._again = await this.app.actions.account((api) => api.inviteAgain(person.id));
    });
  }

  private async _do(change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
      await this._load();
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }

  private async _load(): Promise<void> {
    const { account } = this.app.actions;
    try {
      [this._people, this._customers] = await Promise.all([
        account((api) => api.people()),
        account((api) => api.customers()),
      ]);
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "people-page": PeoplePage;
  }
}
