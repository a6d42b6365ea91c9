/**
 * Owns what the UI knows: session, sites, the site in view, and how fresh it is. Fetches on its
 * own when the stream says that something changed; renders nothing.
 */
import type { Policy, ReflexWish } from "@cordon/contract";
import { startAuthentication } from "@simplewebauthn/browser";
import type { AccountApi, TakingWish } from "../api/account-api.ts";
import type {
  ContainmentView,
  ContainmentWish,
  FoundMachine,
  HostView,
  LoginWish,
  ReleaseWish,
  SiteView,
} from "../../../src/api/view.ts";
import type { Api } from "../api/api.ts";
import type { NotificationApi } from "../api/notification-api.ts";
import type { SiteApi } from "../api/site-api.ts";
import { coalesce, type Coalesced } from "../api/coalesce.ts";
import { Live, type LivePorts } from "../api/live.ts";
import { RefusedError } from "../api/ui-error.ts";
import type { AppState, Sheet } from "../context/app-context.ts";
import type { Languages } from "../language/languages.ts";
import type { TimeWords } from "../words/time.ts";
import { answered, type Answer, type Pending } from "./pending.ts";
import type { Route } from "./route.ts";
import { troubleOf } from "./trouble.ts";

export interface StorePorts {
  readonly api: Api;
  readonly live: LivePorts;
  /** The controller's time as well as we know it, epoch milliseconds. */
  readonly now: () => number;
  /** Words for times in the language that is shown now. */
  readonly time: () => TimeWords;
  readonly languages: Languages;
}

// Two fetches a second at most, whatever the sensors say.
const minGapMs = 500;

// Without a change nothing is fetched; the figures of the charts still move on.
const quietRefreshMs = 10_000;

export class Store {
  readonly #ports: StorePorts;
  readonly #onChange: () => void;
  readonly #onAnswer: (answer: Answer) => void;
  readonly #live: Live;
  readonly #refresh: Coalesced;
  #timers: ReturnType<typeof setInterval>[] = [];
  #pending: readonly Pending[] = [];
  #isLookingAround = false;
  /** Counts the wishes that the controller took on: a fetch begun before the last one shows the site without it. */
  #wishes = 0;
  #state: AppState;

  constructor(
    ports: StorePorts,
    start: { readonly route: Route; readonly keysAreOn: boolean },
    listener: { readonly onChange: () => void; readonly onAnswer: (answer: Answer) => void },
  ) {
    this.#ports = ports;
    this.#onChange = listener.onChange;
    this.#onAnswer = listener.onAnswer;
    this.#state = {
      ...start,
      session: { kind: "unknown" },
      place: null,
      sites: null,
      site: null,
      asOf: null,
      trouble: null,
      live: "connecting",
      walkNews: null,
      sheet: null,
      now: ports.now(),
      time: ports.time(),
      languages: ports.languages.state,
    };
    ports.languages.onChange((languages) => this.#set({ languages, time: ports.time() }));
    this.#refresh = coalesce(() => this.#fetch(), minGapMs);
    this.#live = new Live(ports.live, {
      onOpen: () => {
        this.#set({ live: "live" });
        if (this.#state.trouble !== null) this.#refresh.ask();
      },
      onReset: () => this.#refresh.ask(),
      onLost: () => {
        this.#set({ live: "lost" });
        // A session that ended closes the stream too; the fetch finds out which it was.
        this.#refresh.ask();
      },
      onChange: () => this.#refresh.ask(),
      onWalk: (walkNews) => this.#set({ walkNews }),
    });
  }

  get state(): AppState {
    return this.#state;
  }

  async start(): Promise<void> {
    this.#timers = [
      setInterval(() => this.#set({ now: this.#ports.now() }), 1000),
      setInterval(() => {
        if (this.#state.session.kind === "signed-in") this.#refresh.ask();
      }, quietRefreshMs),
    ];
    // The pages at the door ask for nothing else before its button is pressed.
    const isAtDoor = ["login", "invitation"].includes(this.#state.route.page);
    await Promise.all([this.#lookAround(), isAtDoor ? null : this.#enter()]);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#live.close();
    this.#refresh.close();
  }

  setRoute(route: Route): void {
    const siteId = "siteId" in route ? route.siteId : null;
    const site = this.#state.site?.id === siteId ? this.#state.site : null;
    this.#set({ route, site, sheet: null, trouble: null });
    if (this.#state.session.kind === "signed-in") this.#refresh.ask();
  }

  setSheet(sheet: Sheet | null): void {
    this.#set({ sheet });
  }

  setKeys(keysAreOn: boolean): void {
    this.#set({ keysAreOn });
  }

  async signIn(credentials: LoginWish): Promise<void> {
    await this.#ports.api.signIn(credentials);
    await this.#enter();
  }

  async signInByPasskey(): Promise<void> {
    const { account } = this.#ports.api;
    const options = await account.signInChallenge();
    await account.signInByPasskey(await startAuthentication({ optionsJSON: options }));
    await this.#enter();
  }

  async takeAccount(taking: TakingWish): Promise<void> {
    await this.#ports.api.account.takeInvitation(taking);
    await this.#enter();
  }

  /** Asks for, or changes, what belongs to no site. */
  account<T>(question: (api: AccountApi) => Promise<T>): Promise<T> {
    return question(this.#ports.api.account);
  }

  async signOut(): Promise<void> {
    await this.#ports.api.signOut();
    this.#leave();
  }

  async contain(site: SiteView, host: HostView, wish: ContainmentWish): Promise<void> {
    const containment = await this.#ports.api.contain(site.id, wish);
    this.#wishes += 1;
    this.#pending = [
      ...this.#pending,
      { wish: "hold", siteId: site.id, host: host.host, containmentId: containment.id },
    ];
    // The controller's own answer, so that "asked" shows at once and not with the next fetch.
    this.#setContainments(site.id, host.host, (held) => [...held.filter((c) => c.id !== containment.id), containment]);
    this.#refresh.ask();
  }

  async release(siteId: string, host: string, containmentId: string, wish: ReleaseWish): Promise<void> {
    await this.#ports.api.release(siteId, containmentId, wish);
    this.#wishes += 1;
    const others = this.#pending.filter((p) => p.containmentId !== containmentId);
    this.#pending = [...others, { wish: "release", siteId, host, containmentId }];
    this.#setContainments(siteId, host, (held) =>
      held.map((c) => (c.id === containmentId ? { ...c, releasing: true } : c)),
    );
    this.#refresh.ask();
  }

  async setReflex(siteId: string, wish: ReflexWish, reason: string): Promise<void> {
    const reflex = await this.#ports.api.setReflex(siteId, wish, reason);
    this.#wishes += 1;
    const { site } = this.#state;
    if (site?.id === siteId) this.#set({ site: { ...site, reflex } });
    this.#refresh.ask();
  }

  async setPolicy(siteId: string, policy: Policy, reason: string): Promise<void> {
    const site = await this.#ports.api.setPolicy(siteId, policy, reason);
    this.#wishes += 1;
    if (this.#state.site?.id === siteId) this.#set({ site });
    this.#refresh.ask();
  }

  /** Asks for something for more than one machine; the answer is the site with it. */
  async changeSite(siteId: string, change: (api: SiteApi) => Promise<SiteView>): Promise<void> {
    const site = await change(this.#ports.api.ofSite(siteId));
    this.#wishes += 1;
    if (this.#state.site?.id === siteId) this.#set({ site });
    this.#refresh.ask();
  }

  ask<T>(siteId: string, question: (api: SiteApi) => Promise<T>): Promise<T> {
    return question(this.#ports.api.ofSite(siteId));
  }

  find(text: string): Promise<readonly FoundMachine[]> {
    return this.#ports.api.find(text);
  }

  notifications<T>(request: (api: NotificationApi) => Promise<T>): Promise<T> {
    return request(this.#ports.api.notifications);
  }

  async withdrawPardon(siteId: string, host: string, reason: string): Promise<void> {
    await this.#ports.api.withdrawPardon(siteId, host, reason);
    this.#wishes += 1;
    const { site } = this.#state;
    if (site?.id === siteId) {
      const hosts = site.hosts.map((h) => (h.host === host ? { ...h, pardon: null } : h));
      this.#set({ site: { ...site, hosts } });
    }
    this.#refresh.ask();
  }

  #setContainments(
    siteId: string,
    host: string,
    change: (held: readonly ContainmentView[]) => ContainmentView[],
  ): void {
    const { site } = this.#state;
    if (site?.id !== siteId) return;
    const hosts = site.hosts.map((h) => (h.host === host ? { ...h, containments: change(h.containments) } : h));
    this.#set({ site: { ...site, hosts } });
  }

  /** Where this is; on a box that changes while the page is open. */
  async #lookAround(): Promise<void> {
    if (this.#isLookingAround) return;
    this.#isLookingAround = true;
    try {
      this.#set({ place: await this.#ports.api.place() });
    } catch {
      // Whoever does not answer is told of by what is asked next.
    } finally {
      this.#isLookingAround = false;
    }
  }

  async #enter(): Promise<void> {
    try {
      const { author: name, role, rights } = await this.#ports.api.session();
      this.#set({ session: { kind: "signed-in", name, role, rights } });
      this.#live.start();
      this.#refresh.ask();
    } catch (error) {
      if (isSignedOut(error)) this.#leave();
      else {
        this.#set({ trouble: troubleOf(error), live: "lost" });
        setTimeout(() => void this.#enter(), 3000);
      }
    }
  }

  #leave(): void {
    this.#live.close();
    this.#pending = [];
    this.#set({ session: { kind: "none" }, sites: null, site: null, asOf: null, trouble: null, sheet: null });
  }

  async #fetch(): Promise<void> {
    const { route } = this.#state;
    const siteId = "siteId" in route ? route.siteId : null;
    const wishes = this.#wishes;
    if (this.#state.place?.kind !== "centre") void this.#lookAround();
    try {
      const first = siteId !== null && this.#state.site?.id !== siteId ? await this.#fetchAtFirst(siteId) : null;
      const [sites, site] = await Promise.all([
        this.#ports.api.sites(),
        siteId === null || isWhole(first)
          ? first
          : this.#ports.api.site(
              siteId,
              "host" in route ? route.host : null,
              this.#state.site?.id === siteId ? this.#state.site : null,
            ),
      ]);
      // What came in between has asked for a fetch of its own.
      if (wishes !== this.#wishes) return;
      const isCurrent = siteId === ("siteId" in this.#state.route ? this.#state.route.siteId : null);
      this.#set({ sites, asOf: this.#ports.now(), trouble: null, ...(isCurrent ? { site } : {}) });
      if (site !== null) this.#answer(site);
    } catch (error) {
      if (isSignedOut(error)) this.#leave();
      else this.#set({ trouble: troubleOf(error) });
    }
  }

  /** What the first screen of a site shows, before all of its machines and before the other sites. */
  async #fetchAtFirst(siteId: string): Promise<SiteView> {
    const { route } = this.#state;
    const site = await this.#ports.api.siteAtFirst(siteId, "host" in route ? route.host : null);
    if (route === this.#state.route) this.#set({ site, asOf: this.#ports.now(), trouble: null });
    return site;
  }

  #answer(site: SiteView): void {
    const { answers, open } = answered(this.#pending, site);
    this.#pending = open;
    for (const answer of answers) this.#onAnswer(answer);
  }

  #set(change: Partial<AppState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange();
  }
}

/** Whether no machine of the site is left out. */
function isWhole(site: SiteView | null): boolean {
  return site !== null && site.hosts.length === site.counts.hosts;
}

function isSignedOut(error: unknown): boolean {
  return error instanceof RefusedError && error.status === 401;
}
