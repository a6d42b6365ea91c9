import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { RestoreContent, RestoreStanding } from "../../../src/api/restore-view.ts";
import { RefusedError } from "../api/ui-error.ts";
import { formText } from "../app/form-text.ts";
import { msg, plural } from "../language/message.ts";
import { said } from "../language/said.ts";
import { SheetElement } from "./sheet-element.ts";

const formId = "restore-form";
const lookEveryMs = 2_000;

/** Puts a backup back: brings it, says what it would bring back, and waits for the controller to come back on it. */
@customElement("restore-sheet")
class RestoreSheet extends SheetElement {
  @property({ attribute: false }) standing!: RestoreStanding;

  @state() private _share: number | null = null;
  @state() private _found: {
    readonly id: string;
    readonly passphrase: string;
    readonly content: RestoreContent;
  } | null = null;
  /** `waiting` for the controller; `back` on the backup; else why nothing has changed. */
  @state() private _state: "asking" | "waiting" | "back" | { readonly failed: string } = "asking";

  protected override render(): TemplateResult {
    const found = this._found;
    if (this._state !== "asking") return this._outcome();
    if (found !== null) return this._before(found.content);
    return this._frame(
      msg`Go back to a backup`,
      msg`Close, nothing is changed`,
      html`<div class="reach">
          <p class="lv">${msg`It is read to its end first, and you see what it would bring back.`}</p>
          <p>${msg`Nothing changes before you say so.`}</p>
        </div>
        <form class="form" id=${formId} @submit=${(event: SubmitEvent) => void this._bring(event)}>
          <label class="field"><span>${msg`Backup`}</span><input class="in" type="file" name="file" required /></label>
          <label class="field"
            ><span>${msg`Passphrase`}</span>
            <input class="in" type="password" name="passphrase" autocomplete="off" required maxlength="256" />
          </label>
        </form>
        <p role="status">
          ${this._share === null ? nothing : this._share < 1 ? msg`Bringing it: ${Math.floor(this._share * 100)} %.` : msg`Reading it to its end…`}
        </p>`,
      html`<button class="btn pri" form=${formId} ?disabled=${this._isBusy}>${msg`Look what is in it`}</button>`,
    );
  }

  private _before({ createdAt, sites, people, software }: RestoreContent): TemplateResult {
    const { now, time } = this.app.state;
    const what = [plural(sites, "{n} site", "{n} sites"), plural(people, "{n} person", "{n} people")].join(", ");
    return this._frame(
      msg`Go back to ${time.moment(createdAt, now)}?`,
      msg`Close, nothing is changed`,
      html`<div class="reach">
          <p class="lv">${msg`This would bring back ${what}, as they were ${time.moment(createdAt, now)}.`}</p>
          <p class="cap">${msg`Made by version ${software}. It is whole.`}</p>
        </div>
        <ul class="plan">
          <li>
            ${msg`What was recorded here since is gone from these pages. It is moved aside on the controller’s disk, and not deleted.`}
          </li>
          <li>
            ${msg`Boxes keep what they hold and go on. What they hold comes back into the records as each reports.`}
          </li>
          <li>
            ${msg`Everybody is signed out. Accounts, passwords and tokens are those of then: end again what was ended since. Whoever came by a link needs another one of the terminal.`}
          </li>
          <li>
            ${msg`Nothing is taken in here and nobody is told while the controller starts again, some seconds. Where it fails, it goes on as it is now.`}
          </li>
        </ul>`,
      html`<button class="btn pri big" ?disabled=${this._isBusy} @click=${() => void this._begin()}>
          ${msg`Put it back, and start again`}
        </button>
        <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`,
    );
  }

  private _outcome(): TemplateResult {
    const state = this._state;
    const [title, text] =
      state === "waiting"
        ? [msg`The controller starts again.`, msg`This page waits until it answers.`]
        : state === "back"
          ? [msg`The backup is put back.`, msg`Sign in anew, by an account of that time or by a link of the terminal.`]
          : [
              msg`The backup was not put back.`,
              msg`Everything is as it was. ${said(typeof state === "object" ? state.failed : "")}`,
            ];
    return this._frame(
      title,
      msg`Close`,
      html`<p role="status">${text}</p>`,
      state === "waiting"
        ? html``
        : state === "back"
          ? html`<a class="btn pri" href="/login">${msg`Sign in`}</a>`
          : html`<button class="btn pri" @click=${() => this._close()}>${msg`Done`}</button>`,
    );
  }

  private _bring(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const passphrase = formText(form)("passphrase");
    const file = new FormData(form).get("file");
    if (!(file instanceof File)) return Promise.resolve();
    return this._run(async () => {
      this._share = 0;
      try {
        this._found = await this.app.actions.account(async ({ restores }) => {
          const id = await restores.bring(file, this.standing.partBytes, (share) => (this._share = share));
          return { id, passphrase, content: await restores.check(id, passphrase) };
        });
      } finally {
        this._share = null;
      }
    });
  }

  private _begin(): Promise<void> {
    const found = this._found;
    if (found === null) return Promise.resolve();
    return this._run(async () => {
      await this.app.actions.account(({ restores }) => restores.begin(found.id, found.passphrase));
      this._state = "waiting";
      void this._wait();
    });
  }

  /** Whoever is still known is where nothing was put back. */
  private async _wait(): Promise<void> {
    while (this.isConnected && this._state === "waiting") {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      try {
        const { failed } = await this.app.actions.account(({ restores }) => restores.standing());
        if (failed !== null && failed.at !== this.standing.failed?.at) this._state = { failed: failed.text };
      } catch (error) {
        if (error instanceof RefusedError && error.status === 401) this._state = "back";
      }
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "restore-sheet": RestoreSheet;
  }
}
