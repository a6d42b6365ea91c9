import { html, type PropertyValues, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { WalkFindingView, WalkView } from "../../../src/api/walk-view.ts";
import type { SiteApi } from "../api/site-api.ts";
import type { Command } from "../app/keys.ts";
import { sitePath } from "../app/route.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { whyNot } from "../components/right.ts";
import { topBar } from "../components/top-bar.ts";
import { walkSceneView } from "../components/walk-scenes.ts";
import { msg } from "../language/message.ts";
import { doneKey, walkScene, type WalkScene } from "../words/walk.ts";
import { troubleLine } from "../components/trouble-line.ts";
import { PageElement } from "./page-element.ts";
import { waiting } from "./waiting.ts";

/** A box stops asking when nobody has said for half a minute that he looks. */
const keepMs = 8_000;
/** Right: once and long. Anything else: several times, short. */
const buzzes = { right: [400], other: [90, 70, 90, 70, 90] } as const;

/** For the one with the cables: pull one, and the page says whose it was. */
@customElement("walk-page")
class WalkPage extends PageElement {
  @state() private _view: WalkView | null = null;
  @state() private _trouble: Trouble | null = null;
  @state() private _isBusy = false;
  @state() private _done: ReadonlySet<string> = new Set();

  private _keeping: ReturnType<typeof setInterval> | null = null;
  private _screen: WakeLockSentinel | null = null;
  private _newsAt = 0;
  private _wasLive = false;
  private _buzzed = "";
  private _told = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this._keeping = setInterval(() => this._keep(), keepMs);
    document.addEventListener("visibilitychange", this._onVisible);
    void this._fetch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._keeping !== null) clearInterval(this._keeping);
    document.removeEventListener("visibilitychange", this._onVisible);
    void this._screen?.release();
    this._screen = null;
  }

  override onCommand(command: Command): void {
    const scene = this._scene();
    if (command !== "step" || scene === null) return;
    if (scene.kind === "idle" && this._mayAct) void this._begin();
    else if ("finding" in scene) this._dismiss(scene.finding);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { walkNews, live, site } = this.app.state;
    // A stream that stands again tells nothing of what came while it did not.
    const isBack = live === "live" && !this._wasLive;
    this._wasLive = live === "live";
    if (isBack || (walkNews !== null && walkNews.siteId === this._siteId && walkNews.at !== this._newsAt)) {
      this._newsAt = walkNews?.at ?? this._newsAt;
      void this._fetch();
    }
    if (site !== null) this._announce(this._scene());
  }

  protected override render(): TemplateResult {
    const { state } = this.app;
    const { site, sites } = state;
    if (site === null) return waiting(this.app);
    const isAlone = sites !== null && sites.length === 1;
    const crumbs = [
      ...(isAlone ? [] : [{ text: msg`Fleet`, path: "/" }]),
      { text: site.name, path: sitePath(site.id) },
      { text: msg`Walk`, path: "" },
    ];
    const scene = this._scene();
    return html`${topBar(this.app, crumbs, site.sensor)} ${bannerBar(bannerOf(state, site.sensor))}
      <main class="walk">
        ${
          scene === null || this._view === null
            ? troubleLine(this._trouble)
            : walkSceneView(
                {
                  ...{ app: this.app, site, view: this._view, mayAct: this._mayAct, isBusy: this._isBusy },
                  trouble: troubleLine(this._trouble),
                  onBegin: () => void this._begin(),
                  onEnd: () => void this._end(),
                  onDone: (finding) => this._dismiss(finding),
                },
                scene,
              )
        }
      </main>`;
  }

  private _scene(): WalkScene | null {
    const { site, now } = this.app.state;
    return site === null || this._view === null ? null : walkScene(this._view, site.hosts, this._done, now);
  }

  private get _siteId(): string {
    const { route } = this.app.state;
    return route.page === "walk" ? route.siteId : "";
  }

  private get _mayAct(): boolean {
    return this.app.state.session.kind === "signed-in" && whyNot(this.app, "act") === null;
  }

  private get _isOn(): boolean {
    const walk = this._view?.walk ?? null;
    return walk !== null && walk.over === null;
  }

  private _dismiss(finding: WalkFindingView): void {
    this._done = new Set([...this._done, doneKey(finding)]);
  }

  private _begin(): Promise<void> {
    this._done = new Set();
    return this._request((api) => api.beginWalk());
  }

  private _end(): Promise<void> {
    const id = this._view?.walk?.id ?? "";
    return this._request((api) => api.endWalk(id));
  }

  private async _request(request: (api: SiteApi) => Promise<WalkView>): Promise<void> {
    this._isBusy = true;
    try {
      this._view = await this.app.actions.ask(this._siteId, request);
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    } finally {
      this._isBusy = false;
    }
    await this._holdScreen();
  }

  private async _fetch(): Promise<void> {
    try {
      this._view = await this.app.actions.ask(this._siteId, (api) => api.walk());
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
    await this._holdScreen();
  }

  /** Who looks says so; a page that nobody sees does not. */
  private _keep(): void {
    const id = this._view?.walk?.id;
    if (!this._isOn || id === undefined || !this._mayAct || document.visibilityState !== "visible") return;
    this.app.actions
      .ask(this._siteId, (api) => api.keepWalk(id))
      .then(
        (view) => (this._view = view),
        // It is over, or the line is away: what is fetched says which.
        () => void this._fetch(),
      );
  }

  private readonly _onVisible = (): void => {
    if (document.visibilityState !== "visible") return;
    this._keep();
    void this._fetch();
  };

  /** A screen that goes dark takes the page with it. */
  private async _holdScreen(): Promise<void> {
    if (!this._isOn || document.visibilityState !== "visible") {
      await this._screen?.release();
      this._screen = null;
    } else if (this._screen === null || this._screen.released) {
      // A browser without it, or one that saves its battery, goes on without.
      this._screen = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    }
  }

  /** What was found is felt before it is read, and read out. */
  private _announce(scene: WalkScene | null): void {
    const key = scene !== null && "finding" in scene ? doneKey(scene.finding) : (scene?.kind ?? "");
    if (key === this._told) return;
    this._told = key;
    if (scene === null || !("finding" in scene)) return;
    const isRight = scene.kind === "gone" && scene.isRight;
    // Of a page that nobody has touched yet a browser lets none through, and complains.
    if (this._buzzed !== key && navigator.userActivation?.hasBeenActive)
      navigator.vibrate?.([...(isRight ? buzzes.right : buzzes.other)]);
    this._buzzed = key;
    this.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "walk-page": WalkPage;
  }
}
