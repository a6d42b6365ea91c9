import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { BoxView } from "../../../src/api/box-view.ts";
import type { ReleaseView, RolloutState, RolloutView } from "../../../src/api/rollout-view.ts";
import type { RolloutApi } from "../api/rollout-api.ts";
import { formText } from "../app/form-text.ts";
import { sitePath } from "../app/route.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { sendBundle } from "../app/send-bundle.ts";
import { foot } from "../components/top-bar.ts";
import { troubleLine } from "../components/trouble-line.ts";
import { msg, plural } from "../language/message.ts";
import { boxSentence, rolloutSentence, stageWords } from "../words/rollout.ts";
import { PageElement } from "./page-element.ts";
import { topOf } from "./page-top.ts";
import { unanswered } from "./waiting.ts";

const lookEveryMs = 4000;

interface Known {
  readonly releases: readonly ReleaseView[];
  readonly rollouts: readonly RolloutView[];
  readonly boxes: readonly BoxView[];
}

/** Releases for boxes, and how one gets to all of them. */
@customElement("updates-page")
class UpdatesPage extends PageElement {
  @state() private _known: Known | null = null;
  @state() private _trouble: Trouble | null = null;
  /** The release whose rollout is being said. */
  @state() private _chosen: string | null = null;
  /** Percent of the bundle that is under way. */
  @state() private _sent: number | null = null;
  @state() private _unnamed: string | null = null;
  private _timer: number | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this._look();
    this._timer = window.setInterval(() => void this._look(), lookEveryMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._timer !== null) window.clearInterval(this._timer);
  }

  override onCommand(): void {
    // Nothing here is done by a single key.
  }

  protected override render(): TemplateResult {
    const known = this._known;
    if (known === null) return unanswered(this.app, msg`Updates`, this._trouble);
    const [newest] = known.rollouts;
    return html`${topOf(this.app, msg`Updates`)}
      <main>
        <section class="head refused">
          <h1 tabindex="-1">
            ${newest === undefined ? msg`No release was given to boxes so far.` : rolloutSentence(newest)}
          </h1>
          <p>
            ${msg`A box installs a release beside what runs, starts from it within the window, looks whether all works, and else comes back by itself.`}
          </p>
        </section>
        ${troubleLine(this._trouble)} ${newest === undefined ? nothing : this._rollout(newest)} ${this._releases(known)}
        ${foot(this.app)}
      </main>`;
  }

  private _rollout(rollout: RolloutView): TemplateResult {
    const { now, time } = this.app.state;
    const { window, patienceHours, state: standing } = rollout;
    const set = (text: string, change: RolloutState): TemplateResult =>
      html`<button class="btn sm" @click=${() => void this._do((api) => api.set(rollout.id, change))}>${text}</button>`;
    const hours =
      window.from === window.to ? msg`at any hour` : msg`${window.from} to ${window.to}, ${window.timeZone}`;
    const patience = plural(patienceHours, "{n} hour", "{n} hours");
    const stages = [...new Set(rollout.boxes.map(({ stage }) => stage))];
    return html`<section class="channels rollout" aria-label=${msg`Rollout of ${rollout.version}`}>
      <div class="head">
        <h2>${msg`Rollout of ${rollout.version}`}</h2>
        <span class="r">${msg`starts anew ${hours}; silent boxes are waited for ${patience}`}</span>
      </div>
      ${
        rollout.endedAt !== null
          ? nothing
          : html`<p class="btns">
              ${standing === "running" ? set(msg`Pause`, { state: "paused" }) : nothing}
              ${standing === "paused" ? set(msg`Go on`, { state: "running" }) : nothing}
              ${
                standing === "halted"
                  ? html`${set(msg`Try again`, { state: "running", failed: "retry" })}
                    ${set(msg`Go on without the box`, { state: "running", failed: "leave-out" })}`
                  : nothing
              }
              ${set(msg`Give up`, { state: "aborted" })}
            </p>`
      }
      ${stages.map((stage) => {
        const boxes = rollout.boxes.filter((box) => box.stage === stage);
        return html`<h3>${stageWords[stage]} <span>${plural(boxes.length, "{n} box", "{n} boxes")}</span></h3>
          <ul class="met">
            ${boxes.map(
              (box) =>
                html`<li class=${box.phase}>
                  <a href=${sitePath(box.siteId)}>${box.siteName}</a><span>${boxSentence(box, now, time)}</span>
                </li>`,
            )}
          </ul>`;
      })}
    </section>`;
  }

  private _releases({ releases, rollouts, boxes }: Known): TemplateResult {
    const { now, time } = this.app.state;
    const isOpen = (kind: string) =>
      rollouts.some(({ endedAt, compatible }) => endedAt === null && compatible === kind);
    return html`<section class="channels" aria-label=${msg`Releases`}>
      <div class="head">
        <h2>${msg`Releases`}</h2>
        <span class="r">${msg`signed by who made them; each box looks itself`}</span>
      </div>
      <ul>
        ${releases.map((release) => {
          const size = msg`${Math.ceil(release.sizeBytes / 1_000_000)} MB`;
          const isHere = release.receivedBytes === release.sizeBytes;
          const text =
            release.sha256 === null
              ? msg`Not whole: ${Math.floor((100 * release.receivedBytes) / release.sizeBytes)} % of ${size}.`
              : isHere
                ? msg`For ${release.compatible}, ${size}, added ${time.until(release.createdAt, now)} by ${release.author}.`
                : msg`Its file is not here: delete it and add it again.`;
          return html`<li class="channel">
            <div class="what">
              <h3>${release.version || msg`A bundle`}</h3>
              <p>${text}</p>
              ${release.id === this._chosen ? this._begin(release, boxes) : nothing}
            </div>
            <div class="btns">
              ${
                release.sha256 !== null && isHere && !isOpen(release.compatible)
                  ? html`<button
                      class="btn sm"
                      aria-expanded=${release.id === this._chosen}
                      aria-label=${msg`Give to boxes: ${release.version}`}
                      @click=${() => (this._chosen = release.id === this._chosen ? null : release.id)}
                    >
                      ${msg`Give to boxes…`}
                    </button>`
                  : nothing
              }
              <button
                class="btn sm"
                aria-label=${msg`Delete ${release.version || msg`A bundle`}`}
                ?disabled=${release.isInUse}
                @click=${() => void this._do((api) => api.remove(release.id))}
              >
                ${msg`Delete`}
              </button>
            </div>
          </li>`;
        })}
      </ul>
      ${this._add()}
    </section>`;
  }

  private _begin(release: ReleaseView, boxes: readonly BoxView[]): TemplateResult {
    const fit = boxes.filter(
      ({ state: standing, running }) =>
        standing === "online" && running !== null && (running.compatible ?? release.compatible) === release.compatible,
    );
    if (fit.length === 0) return html`<p>${msg`No box of this kind is heard that takes releases.`}</p>`;
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return html`<form class="form" @submit=${(event: SubmitEvent) => void this._order(event, release.id, timeZone)}>
      <label class="field"
        ><span>${msg`First box`}</span>
        <select class="in" name="firstBox">
          ${fit.map(({ sensorId, siteName, running }) => html`<option value=${sensorId}>${siteName}, ${running?.version}</option>`)}
        </select>
        <small>${msg`Then the others of its site, a tenth of all, all: each when those before work.`}</small>
      </label>
      <div class="pair">
        <label class="field"
          ><span>${msg`Starts anew from`}</span><input class="in" type="time" name="from" value="02:00" required
        /></label>
        <label class="field"
          ><span>${msg`until`}</span><input class="in" type="time" name="to" value="05:00" required
        /></label>
      </div>
      <label class="field"
        ><span>${msg`Hours to wait for silent boxes`}</span>
        <input class="in" type="number" name="patience" min="1" max="720" value="24" required />
        <small>${msg`Hours are of ${timeZone}; the same twice is the whole day.`}</small>
      </label>
      <button class="btn pri">${msg`Begin`}</button>
    </form>`;
  }

  private _add(): TemplateResult {
    if (this._sent !== null) return html`<p role="status">${msg`The bundle is on its way: ${this._sent} %.`}</p>`;
    if (this._unnamed !== null) {
      return html`<form class="form" @submit=${(event: SubmitEvent) => void this._name(event)}>
        <p>${msg`The bundle does not say what it is.`}</p>
        <div class="pair">
          <label class="field"><span>${msg`Version`}</span><input class="in" name="version" required /></label>
          <label class="field"
            ><span>${msg`For boxes of the kind`}</span><input class="in" name="compatible" required
          /></label>
        </div>
        <button class="btn">${msg`Add`}</button>
      </form>`;
    }
    return html`<label class="field"
      ><span>${msg`Add a release: its bundle (.raucb)`}</span>
      <input class="in" type="file" accept=".raucb" @change=${(event: Event) => void this._upload(event)} />
    </label>`;
  }

  private _order(event: SubmitEvent, releaseId: string, timeZone: string): Promise<void> {
    event.preventDefault();
    const text = formText(event.target);
    const window = { from: text("from"), to: text("to"), timeZone };
    const wish = { releaseId, firstBox: text("firstBox"), window, patienceHours: Number(text("patience")) };
    this._chosen = null;
    return this._do((api) => api.begin(wish));
  }

  private _upload(event: Event): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file === undefined) return Promise.resolve();
    return this._do(async (api) => {
      try {
        this._sent = 0;
        const id = await sendBundle(api, file, (percent) => (this._sent = percent));
        await api.whole(id, {}).catch((error: unknown) => {
          if ((error as { code?: string }).code !== "release-unnamed") throw error;
          this._unnamed = id;
        });
      } finally {
        this._sent = null;
      }
    });
  }

  private _name(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = formText(event.target);
    const id = this._unnamed ?? "";
    return this._do(async (api) => {
      await api.whole(id, { version: text("version"), compatible: text("compatible") });
      this._unnamed = null;
    });
  }

  private async _do(change: (api: RolloutApi) => Promise<unknown>): Promise<void> {
    try {
      await this.app.actions.account((api) => change(api.rollouts));
      await this._look();
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }

  private async _look(): Promise<void> {
    try {
      const [releases, rollouts, boxes] = await this.app.actions.account(({ rollouts: api }) =>
        Promise.all([api.releases(), api.rollouts(), api.boxes()]),
      );
      this._known = { releases, rollouts, boxes };
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
      // Whoever may not know is told the same each time.
      if (this._trouble.code === "not-allowed" && this._timer !== null) window.clearInterval(this._timer);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "updates-page": UpdatesPage;
  }
}
