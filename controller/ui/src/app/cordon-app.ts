/**
 * The shell: owns the connection, the route, the keys and what lies over the page, and offers all
 * of it to the pages by context.
 */
import { provide } from "@lit/context";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import "../components/area-sheet.ts";
import "../components/barrier-sheet.ts";
import "../components/cut-sheet.ts";
import "../components/find-sheet.ts";
import { sprite } from "../components/glyphs.ts";
import { LightElement } from "../components/light-element.ts";
import "../components/line-sheet.ts";
import "../components/release-sheet.ts";
import { whyNot } from "../components/right.ts";
import "../components/toast.ts";
import type { ToastMessage } from "../components/toast.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { appContext, type Actions, type App, type AppState, type Sheet } from "../context/app-context.ts";
import { missing } from "../pages/empty.ts";
import "../pages/fleet-page.ts";
import "../pages/host-page.ts";
import "../pages/login-page.ts";
import { PageElement } from "../pages/page-element.ts";
import "../pages/site-page.ts";
import { isCentres } from "../words/at-box.ts";
import "../pages/walk-page.ts";
import { hostName } from "../words/host.ts";
import { commandOf } from "./keys.ts";
import type { Answer } from "./pending.ts";
import { parseRoute, sitePath, walkPath } from "./route.ts";
import { timelinePath } from "./timeline-filter.ts";
import { Store, type StorePorts } from "./store.ts";
import { msg } from "../language/message.ts";

const keysOffKey = "cordon.keys";

// Two keys make one command when they follow each other within this time.
const twoKeysMs = 1500;

@customElement("cordon-app")
export class CordonApp extends LightElement {
  /** Set once by whoever puts the element into the page, before it is connected. */
  @property({ attribute: false }) ports!: StorePorts;

  @provide({ context: appContext })
  @state()
  private _app!: App;

  @state() private _toast: ToastMessage | null = null;

  private _store!: Store;
  private _gPressedAt = -Infinity;
  private _shownPath = "";
  /** Id of what the page is to be scrolled to once it is there. */
  private _anchor = location.hash.slice(1);
  /** Whether the rest of the program did not come: a page that is loaded anew brings it, or another release. */
  private _lacksRest = false;
  private _hasRest = false;

  override connectedCallback(): void {
    this._store = new Store(
      this.ports,
      { route: this._route(), keysAreOn: localStorage.getItem(keysOffKey) !== "off" },
      { onChange: () => this._refresh(), onAnswer: (answer) => this._say(answer) },
    );
    this._refresh();
    super.connectedCallback();
    addEventListener("popstate", this._onNavigate);
    addEventListener("keydown", this._onKey);
    this.addEventListener("click", this._onClick);
    void this._store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this._onNavigate);
    removeEventListener("keydown", this._onKey);
    this.removeEventListener("click", this._onClick);
    this._store.close();
  }

  protected override firstUpdated(): void {
    void this._loadRest();
  }

  /** What it brings is shown from then on, and not before: an element has to be there when its properties are set. */
  private async _loadRest(): Promise<void> {
    try {
      await import("./rest.ts");
      this._lacksRest = false;
      this._hasRest = true;
      this.requestUpdate();
    } catch {
      this._lacksRest = true;
      this.requestUpdate();
      // Else nobody is told before somebody needs it: the page that is looked at is whole.
      if (this._app.state.sheet !== null) {
        this._store.setSheet(null);
        this._toast = { text: msg`A part of this program has not come. Load the page again.`, undo: null };
      }
    }
  }

  protected override render(): TemplateResult {
    return html`${sprite}${this._page()}${this._sheet()}
      <cordon-toast .message=${this._toast} .onGone=${() => (this._toast = null)}></cordon-toast>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { route, site, sites, session } = this._app.state;
    document.body.classList.toggle("dead", this._app.state.place?.kind === "box");
    document.title = titleOf(this._app.state);
    document.documentElement.lang = this._app.state.languages.shown;
    // With one site there is no fleet to choose from.
    const only = sites?.[0];
    if (route.page === "fleet" && sites?.length === 1 && only !== undefined) this._go(sitePath(only.id), true);
    if (route.page === "login" && session.kind === "signed-in") this._go("/", true);
    if (site !== null || sites !== null) this._focusHeading();
    this._scrollToAnchor();
  }

  private _page(): TemplateResult {
    const { route, session } = this._app.state;
    const isOfRest = route.page === "invitation" || (session.kind !== "none" && laterPages.has(route.page));
    if (isOfRest && !this._hasRest) {
      return this._lacksRest
        ? html`<main><p role="alert">${msg`A part of this program has not come. Load the page again.`}</p></main>`
        : html``;
    }
    if (route.page === "invitation") return html`<invitation-page .token=${route.token}></invitation-page>`;
    if (session.kind === "none" || route.page === "login") return html`<login-page></login-page>`;
    switch (route.page) {
      case "fleet":
        return html`<fleet-page></fleet-page>`;
      case "people":
        return html`<people-page></people-page>`;
      case "settings":
        return html`<settings-page></settings-page>`;
      case "notifications":
        return html`<notifications-page></notifications-page>`;
      case "refusals":
        return html`<refusals-page></refusals-page>`;
      case "updates":
        return html`<updates-page></updates-page>`;
      case "site":
        return html`<site-page></site-page>`;
      case "host":
        return html`<host-page></host-page>`;
      case "timeline":
        return html`<timeline-page></timeline-page>`;
      case "walk":
        return html`<walk-page></walk-page>`;
      case "missing":
        return missing(this._app, msg`There is no such page.`, "/", msg`Fleet`);
    }
  }

  private _sheet(): TemplateResult | typeof nothing {
    const { sheet, site } = this._app.state;
    if (sheet === null || !(this._hasRest || earlySheets.has(sheet.kind))) return nothing;
    if (sheet.kind === "person") {
      return html`<invite-sheet .person=${sheet.person} .firstRole=${sheet.role ?? "technician"}></invite-sheet>`;
    }
    if (sheet.kind === "token") return html`<token-sheet></token-sheet>`;
    if (sheet.kind === "backup") return html`<backup-sheet></backup-sheet>`;
    if (sheet.kind === "restore") return html`<restore-sheet .standing=${sheet.standing}></restore-sheet>`;
    if (sheet.kind === "card") return html`<card-sheet .isRevoking=${sheet.isRevoking}></card-sheet>`;
    if (sheet.kind === "wipe") return html`<wipe-sheet></wipe-sheet>`;
    if (sheet.kind === "preset") return html`<preset-sheet .preset=${sheet.preset}></preset-sheet>`;
    if (sheet.kind === "passkey") return html`<passkey-sheet></passkey-sheet>`;
    if (sheet.kind === "code") return html`<code-sheet></code-sheet>`;
    if (sheet.kind === "password") return html`<password-sheet .own=${sheet.own}></password-sheet>`;
    if (sheet.kind === "box") return html`<box-sheet></box-sheet>`;
    if (sheet.kind === "wiring") return html`<wiring-sheet .place=${sheet.place}></wiring-sheet>`;
    if (sheet.kind === "keys") return html`<keys-sheet></keys-sheet>`;
    if (sheet.kind === "find") return html`<find-sheet></find-sheet>`;
    if (sheet.kind === "channel") return html`<channel-sheet .channel=${sheet.channel}></channel-sheet>`;
    if (sheet.kind === "reflex") {
      return site === null ? nothing : html`<reflex-sheet .site=${site} .change=${sheet.change}></reflex-sheet>`;
    }
    if (sheet.kind === "policy") {
      return site === null ? nothing : html`<policy-sheet .site=${site} .change=${sheet.change}></policy-sheet>`;
    }
    if (sheet.kind !== "cut" && sheet.kind !== "release") return site === null ? nothing : siteSheet(site, sheet);
    const host = site?.hosts.find((h) => h.host === sheet.host);
    if (site === null || host === undefined) return nothing;
    if (sheet.kind === "cut") return html`<cut-sheet .site=${site} .host=${host} .wish=${sheet.wish}></cut-sheet>`;
    const containment = host.containments.find((c) => c.id === sheet.containmentId);
    if (containment === undefined) return nothing;
    return html`<release-sheet .site=${site} .host=${host} .containment=${containment}></release-sheet>`;
  }

  private _refresh(): void {
    this._app = { state: this._store.state, actions: this._actions };
  }

  private _open(sheet: Sheet): void {
    if (this._app.state.place?.kind === "box" && isCentres(sheet)) {
      this._toast = { text: msg`This is done at the centre, not at the box.`, undo: null };
      return;
    }
    const reason = whyNot(this._app, "act");
    // Said before somebody has filled in a sheet for nothing.
    if (
      reason === null ||
      ["keys", "flows", "find", "passkey", "code", "password", "provider", "wiring"].includes(sheet.kind)
    ) {
      this._store.setSheet(sheet);
      if (this._lacksRest) void this._loadRest();
    } else this._toast = { text: reason, undo: null };
  }

  private readonly _actions: Actions = {
    go: (path) => this._go(path, false),
    open: (sheet) => this._open(sheet),
    closeSheet: () => this._store.setSheet(null),
    signIn: async (credentials) => {
      await this._store.signIn(credentials);
      this._go("/", true);
    },
    signInByPasskey: async () => {
      await this._store.signInByPasskey();
      this._go("/", true);
    },
    takeAccount: async (taking) => {
      await this._store.takeAccount(taking);
      this._go("/", true);
    },
    account: (question) => this._store.account(question),
    signOut: () => this._store.signOut(),
    contain: (site, host, wish) => this._store.contain(site, host, wish),
    release: (siteId, host, containmentId, wish) => this._store.release(siteId, host, containmentId, wish),
    setPolicy: (siteId, policy, reason) => this._store.setPolicy(siteId, policy, reason),
    withdrawPardon: (siteId, host, reason) => this._store.withdrawPardon(siteId, host, reason),
    changeSite: (siteId, change) => this._store.changeSite(siteId, change),
    find: (text) => this._store.find(text),
    notifications: (request) => this._store.notifications(request),
    ask: (siteId, question) => this._store.ask(siteId, question),
    setReflex: (siteId, wish, reason) => this._store.setReflex(siteId, wish, reason),
    setKeys: (areOn) => {
      localStorage.setItem(keysOffKey, areOn ? "on" : "off");
      this._store.setKeys(areOn);
    },
    chooseLanguage: (language) => this.ports.languages.choose(language),
    lookForLanguages: () => this.ports.languages.look(),
  };

  private _say({ pending, text, canUndo }: Answer): void {
    const undo = (): void => {
      this._toast = null;
      void this._store
        .release(pending.siteId, pending.host, pending.containmentId, { reason: msg`Undone at once` })
        .catch(
          () =>
            (this._toast = {
              text: msg`Not undone: the controller refused. The machine’s page says what holds.`,
              undo: null,
            }),
        );
    };
    this._toast = { text, undo: canUndo ? undo : null };
  }

  private _route() {
    return parseRoute(location.pathname, location.hash, location.search);
  }

  private readonly _onNavigate = (): void => {
    this._store.setRoute(this._route());
  };

  private _go(path: string, replaces: boolean): void {
    if (this._lacksRest) {
      location.assign(path);
      return;
    }
    if (replaces) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    this._onNavigate();
    scrollTo(0, 0);
    this._anchor = location.hash.slice(1);
    this._scrollToAnchor();
  }

  /** After a change of page the focus goes to its heading, so that a screen reader starts there. */
  private _focusHeading(): void {
    const path = location.pathname;
    if (path === this._shownPath) return;
    void this.updateComplete.then(() => {
      const heading = this.querySelector<HTMLElement>("h1");
      if (heading === null || path !== location.pathname) return;
      if (this._shownPath !== "") heading.focus({ preventScroll: true });
      this._shownPath = path;
    });
  }

  /** What is linked to may come long after the page. */
  private _scrollToAnchor(): void {
    const target = this._anchor === "" ? null : document.getElementById(this._anchor);
    if (target === null) return;
    this._anchor = "";
    target.scrollIntoView();
  }

  private readonly _onClick = (event: MouseEvent): void => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.origin !== location.origin || link.target !== "" || link.hasAttribute("download")) return;
    event.preventDefault();
    this._go(link.pathname + link.search + link.hash, false);
  };

  private readonly _onKey = (event: KeyboardEvent): void => {
    const { keysAreOn, sheet, session } = this._app.state;
    if (!keysAreOn || sheet !== null || session.kind !== "signed-in") return;
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const { command, opensG } = commandOf(event.key, event.timeStamp - this._gPressedAt < twoKeysMs);
    this._gPressedAt = opensG ? event.timeStamp : -Infinity;
    if (command === null) return;
    event.preventDefault();
    if (command === "keys") this._open({ kind: "keys" });
    else if (command === "find") this._store.setSheet({ kind: "find" });
    else if (command === "fleet") this._go("/", false);
    else if (command === "site") this._goToSite();
    else if (command === "timeline") this._goToTimeline();
    else if (command === "walk") this._goToWalk();
    else this._pageElement()?.onCommand(command);
  };

  private _goToSite(): void {
    const { route } = this._app.state;
    if ("siteId" in route) this._go(sitePath(route.siteId), false);
  }

  /** Of the machine, where one is looked at. */
  private _goToTimeline(): void {
    const { route } = this._app.state;
    if (route.page === "host") this._go(timelinePath(route.siteId, { host: route.host }), false);
    else if ("siteId" in route) this._go(timelinePath(route.siteId), false);
  }

  private _goToWalk(): void {
    const { route } = this._app.state;
    if ("siteId" in route) this._go(walkPath(route.siteId), false);
  }

  private _pageElement(): PageElement | null {
    return [...this.children].find((child) => child instanceof PageElement) ?? null;
  }
}

/** Pages that come with the rest of the program. */
const laterPages: ReadonlySet<AppState["route"]["page"]> = new Set([
  ...(["people", "settings", "notifications", "refusals", "updates", "timeline"] as const),
]);

/** Sheets that do not. */
const earlySheets: ReadonlySet<Sheet["kind"]> = new Set([
  ...(["cut", "release", "find", "barrier", "area", "area-cut", "area-end", "line"] as const),
]);

/** Sheets that are opened otherwise. */
type NotOfSite =
  | "cut"
  | "release"
  | "keys"
  | "person"
  | "channel"
  | "reflex"
  | "policy"
  | "token"
  | "backup"
  | "preset"
  | "restore"
  | "wipe"
  | "card"
  | "passkey"
  | "code"
  | "password"
  | "find"
  | "wiring"
  | "box";

/** The sheets for more than one machine, and for what a site is set to. */
function siteSheet(site: SiteView, sheet: Exclude<Sheet, { readonly kind: NotOfSite }>): TemplateResult {
  switch (sheet.kind) {
    case "provider":
      return html`<provider-sheet .site=${site}></provider-sheet>`;
    case "delegation":
      return html`<delegation-sheet .site=${site} .isAllowed=${sheet.isAllowed}></delegation-sheet>`;
    case "barrier":
      return html`<barrier-sheet .site=${site} .way=${sheet.way} .area=${sheet.area}></barrier-sheet>`;
    case "area":
      return html`<area-sheet .site=${site} .areaId=${sheet.areaId}></area-sheet>`;
    case "area-cut":
      return html`<area-cut-sheet .site=${site} .areaId=${sheet.areaId}></area-cut-sheet>`;
    case "area-end":
      return html`<area-end-sheet .site=${site} .areaId=${sheet.areaId} .cutId=${sheet.cutId}></area-end-sheet>`;
    case "line":
      return html`<line-sheet .site=${site}></line-sheet>`;
    case "remedies":
      return html`<remedies-sheet .site=${site}></remedies-sheet>`;
    case "particulars":
      return html`<particulars-sheet .site=${site} .host=${sheet.host}></particulars-sheet>`;
    case "flows":
      return html`<flows-sheet .site=${site} .host=${sheet.host} .behind=${sheet.behind}></flows-sheet>`;
    case "recording":
      return html`<recording-sheet .site=${site} .host=${sheet.host}></recording-sheet>`;
    case "packets":
      return html`<packets-sheet .site=${site} .host=${sheet.host}></packets-sheet>`;
    case "pardon":
      return html`<pardon-sheet .site=${site} .host=${sheet.host}></pardon-sheet>`;
    case "duty":
      return html`<duty-sheet .site=${site} .host=${sheet.host} .isEnd=${sheet.isEnd}></duty-sheet>`;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

function titleOf({ route, site, session }: AppState): string {
  if (session.kind === "none" || route.page === "login") return msg`Sign in · Cordon`;
  if (route.page === "fleet") return msg`Fleet · Cordon`;
  if (route.page === "notifications") return msg`Notifications · Cordon`;
  if (route.page === "missing" || site === null) return "Cordon";
  if (route.page === "walk") return `${msg`Walk`}, ${site.name} · Cordon`;
  const host = route.page === "host" ? site.hosts.find((h) => h.host === route.host) : undefined;
  if (route.page === "timeline") return msg`Time line, ${site.name} · Cordon`;
  return `${host === undefined ? site.name : `${hostName(host)}, ${site.name}`} · Cordon`;
}
