/**
 * The calls of the HTTP API that the UI makes. Owns paths, the shape of errors and the difference
 * between this machine's clock and the controller's; keeps no state of the site.
 */
import type { Policy, ReflexWish } from "@cordon/contract";
import type { PlaceView } from "../../../src/api/at-box-view.ts";
import type {
  ContainmentView,
  ContainmentWish,
  FoundMachine,
  LoginWish,
  Problem,
  ReflexView,
  ReleaseWish,
  SessionView,
  SiteSummary,
  SiteView,
} from "../../../src/api/view.ts";
import { createAccountApi, type AccountApi } from "./account-api.ts";
import { createNotificationApi, type NotificationApi } from "./notification-api.ts";
import { createSiteApi, type SiteApi } from "./site-api.ts";
import { NoAnswerError, RefusedError } from "./ui-error.ts";

export interface Api {
  /** Throws a {@link RefusedError} with status 401 where nobody is signed in. */
  readonly session: () => Promise<SessionView>;
  /** By name, password and code, or by a link's token, which that consumes. */
  readonly signIn: (credentials: LoginWish) => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Whether this is the centre, or a box that is its own. Asks nobody to be signed in. */
  readonly place: () => Promise<PlaceView>;
  readonly sites: () => Promise<readonly SiteSummary[]>;
  /** @param ledgerOf the machine that is looked at: the others come as their rows show them; null is none */
  /** @param known what is shown of the site now: of a large one only what changed since is sent, and the rest is taken from it */
  readonly site: (siteId: string, ledgerOf: string | null, known: SiteView | null) => Promise<SiteView>;
  /** The same with no more machines than a screen shows at first, the strangest: thousands of them take their time. */
  readonly siteAtFirst: (siteId: string, ledgerOf: string | null) => Promise<SiteView>;
  /** Machines of all sites by what they are called, or whose they are; at least two letters. */
  readonly find: (text: string) => Promise<readonly FoundMachine[]>;
  readonly contain: (siteId: string, wish: ContainmentWish) => Promise<ContainmentView>;
  readonly setReflex: (siteId: string, wish: ReflexWish, reason: string) => Promise<ReflexView>;
  readonly release: (siteId: string, containmentId: string, wish: ReleaseWish) => Promise<void>;
  readonly setPolicy: (siteId: string, policy: Policy, reason: string) => Promise<SiteView>;
  readonly withdrawPardon: (siteId: string, host: string, reason: string) => Promise<void>;
  readonly notifications: NotificationApi;
  /** What may be asked for more than one machine of a site. */
  readonly ofSite: (siteId: string) => SiteApi;
  /** People, customers and tokens. */
  readonly account: AccountApi;
}

interface ApiPorts {
  readonly fetch: typeof fetch;
  /** Epoch milliseconds of this machine. */
  readonly clock: () => number;
  /** A name that nobody else gives: 128 random bits in hex. */
  readonly newKey: () => string;
  /** Told with each answer how far the controller's clock is ahead of ours, in milliseconds. */
  readonly onClockOffset: (offsetMs: number) => void;
}

const base = "/api/v1";

// Some screens of the table.
const rowsAtFirst = 100;

// A call that hangs is as good as none: the line may be dead while the page is open.
const timeoutMs = 15_000;

export function createApi(ports: ApiPorts): Api {
  const send = async (method: string, path: string, body: unknown, patienceMs: number, key: string | null) => {
    const answer = await ports.fetch(base + path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(patienceMs),
      headers: {
        ...(body === undefined
          ? {}
          : { "content-type": body instanceof Blob ? "application/octet-stream" : "application/json" }),
        ...(key === null ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
    });
    return { answer, text: await answer.text() };
  };
  const call = async (method: string, path: string, body?: unknown, patienceMs = timeoutMs): Promise<unknown> => {
    // With its key a change is done once however often it is sent, so that one whose answer was lost is sent again.
    const key = method === "GET" || body instanceof Blob ? null : ports.newKey();
    const once = () => send(method, path, body, patienceMs, key);
    const { answer, text } = await once()
      .catch((cause: unknown) => {
        if (key === null || isTimeout(cause)) throw cause;
        return once();
      })
      .catch((cause: unknown) => {
        throw new NoAnswerError(cause);
      });
    const date = Date.parse(answer.headers.get("date") ?? "");
    // The header counts whole seconds, so half of one is its best guess.
    if (!Number.isNaN(date)) ports.onClockOffset(date + 500 - ports.clock());
    if (!answer.ok) throw refusal(answer.status, text);
    if (text === "") return null;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new NoAnswerError(cause);
    }
  };
  const site = (siteId: string): string => `/sites/${encodeURIComponent(siteId)}`;

  return {
    session: async () => (await call("GET", "/session")) as SessionView,
    signIn: async (credentials) => void (await call("POST", "/session", credentials)),
    signOut: async () => void (await call("DELETE", "/session")),
    place: async () => (await call("GET", "/place")) as PlaceView,
    sites: async () => (await call("GET", "/sites")) as readonly SiteSummary[],
    site: async (siteId, ledgerOf, known) => {
      const question = new URLSearchParams({ ledgerOf: ledgerOf ?? "" });
      if (known?.hostsEdition !== undefined) question.set("hostsSince", known.hostsEdition);
      const answer = (await call("GET", `${site(siteId)}?${question.toString()}`)) as SiteView;
      return known === null ? answer : withKnownHosts(answer, known);
    },
    siteAtFirst: async (siteId, ledgerOf) => {
      const question = new URLSearchParams({ ledgerOf: ledgerOf ?? "", rowsAtMost: String(rowsAtFirst) });
      return (await call("GET", `${site(siteId)}?${question.toString()}`)) as SiteView;
    },
    find: async (text) => (await call("GET", `/machines?find=${encodeURIComponent(text)}`)) as readonly FoundMachine[],
    contain: async (siteId, wish) => (await call("POST", `${site(siteId)}/containments`, wish)) as ContainmentView,
    setReflex: async (siteId, wish, reason) =>
      (await call("PUT", `${site(siteId)}/reflex`, { ...wish, reason })) as ReflexView,
    release: async (siteId, containmentId, wish) =>
      void (await call("DELETE", `${site(siteId)}/containments/${encodeURIComponent(containmentId)}`, wish)),
    setPolicy: async (siteId, policy, reason) =>
      (await call("PUT", `${site(siteId)}/policy`, { policy, reason })) as SiteView,
    withdrawPardon: async (siteId, host, reason) =>
      void (await call("DELETE", `${site(siteId)}/pardons/${encodeURIComponent(host)}`, { reason })),
    account: createAccountApi(call),
    notifications: createNotificationApi(call),
    ofSite: (siteId) => createSiteApi((method, path, body) => call(method, site(siteId) + path, body)),
  };
}

/** Machines that were not told again are as they were; where none was, the list is the same. */
function withKnownHosts({ hostsGone: gone, ...answer }: SiteView, known: SiteView): SiteView {
  if (gone === undefined) return answer;
  if (answer.hosts.length === 0 && gone.length === 0) return { ...answer, hosts: known.hosts };
  const told = new Map(answer.hosts.map((host) => [host.host, host]));
  const isGone = new Set(gone);
  const kept = known.hosts.filter(({ host }) => !isGone.has(host));
  const isKnown = new Set(kept.map(({ host }) => host));
  return {
    ...answer,
    hosts: [
      ...kept.map((host) => told.get(host.host) ?? host),
      ...answer.hosts.filter(({ host }) => !isKnown.has(host)),
    ],
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function refusal(status: number, text: string): RefusedError {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.code === "string") {
      return new RefusedError(problem.code, status, problem.title ?? problem.code, problem.detail ?? "");
    }
  } catch {
    // Not the controller's own words, for instance a proxy's page: only the status says something.
  }
  return new RefusedError("unknown", status, `the controller answered with status ${status}`, "");
}
