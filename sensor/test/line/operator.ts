import { setTimeout as delay } from "node:timers/promises";
import type { Contact, LookUpAnswer, LookUpQuestion } from "@cordon/contract";
import { SensorError } from "../../src/errors.ts";

/** What the tests read of the controller's views; the shapes are the controller's own. */
export interface ContainmentSeen {
  readonly id: string;
  readonly kind: string;
  readonly level: string;
  readonly levelText: string;
  readonly inForceSince: number | null;
  readonly reportedAt: number | null;
  readonly packetsStopped: number;
  readonly releasing: boolean;
  readonly author: string;
  /** True where the policy took it. */
  readonly automatic: boolean;
  readonly evidence: readonly { readonly kind: string; readonly text: string }[];
}

export interface HostSeen {
  readonly host: string;
  readonly name: string | null;
  readonly addresses: readonly string[];
  readonly verdict: "clear" | "watched" | "suspect" | "infected";
  readonly class: string | null;
  readonly vector: string | null;
  readonly score: number;
  readonly suspectAt: number | null;
  readonly infectedAt: number | null;
  readonly contacts: number;
  readonly evidence: readonly { readonly kind: string; readonly weight: number; readonly text: string }[];
  readonly containments: readonly ContainmentSeen[];
  readonly pardon: { readonly author: string; readonly until: number | null } | null;
}

export interface SiteSeen {
  readonly id: string;
  readonly contacts: readonly Contact[];
  readonly sentence: string;
  readonly line: {
    readonly state: string;
    readonly since: number;
    readonly trouble?: { readonly kind: string; readonly text: string };
  } | null;
  /** The policy that the box follows. */
  readonly reportedPolicy: string | null;
  readonly sensor: {
    readonly state: string;
    readonly placement: string | null;
    readonly placementReasons: readonly string[];
    readonly blindSpots: readonly string[];
    readonly kernelFeatures: Readonly<Record<string, boolean>>;
    readonly health: readonly { readonly code: string; readonly text: string }[];
    /** Of the last pulse. */
    readonly figures: { readonly at: number; readonly packetsSeen: number; readonly packetsLimited: number } | null;
  };
  readonly hosts: readonly HostSeen[];
  /** What the box may do by itself, and what was done there. */
  readonly atBox: {
    readonly delegatedUntil: number | null;
    readonly isLocal: boolean;
    readonly deeds: readonly { readonly action: string; readonly host: string | null }[];
    readonly twoWords: readonly { readonly host: string | null; readonly atBox: string; readonly atCentre: string }[];
  };
  /** What quarantined machines still reach. */
  readonly remedies: {
    readonly resolvers: readonly string[];
    readonly open: readonly {
      readonly host: string;
      readonly name: string | null;
      readonly address: string;
      readonly packets: number;
      readonly alsoServes: readonly string[];
      readonly resolver?: string;
    }[];
    readonly pages: number;
  } | null;
}

/** A walk as the controller shows it; the shape is its own. */
export interface WalkSeen {
  readonly obstacle: string | null;
  readonly walk: {
    readonly id: string;
    readonly isArmed: boolean;
    readonly machines: readonly { readonly host: string; readonly state: string }[];
    readonly findings: readonly {
      readonly id: number;
      readonly kind: string;
      readonly hosts: readonly string[];
      readonly at: number;
      readonly toldAt: number;
    }[];
    readonly over: { readonly why: string; readonly text: string } | null;
  } | null;
}

/** How a box stands to a release that is on its way to it. */
export interface RolloutBoxSeen {
  readonly phase: string;
  readonly words: string;
  /** Of its bundle, while it fetches it. */
  readonly fetchedPercent: number | null;
}

/** What is read here of a box. */
export interface BoxSeen {
  readonly state: string;
  readonly wipe: { readonly left: readonly string[] } | null;
}

/** Of a release, in one request. */
const releasePartBytes = 2 << 20;

/** A person at the API: signed in by the printed link, as the UI is. */
export class Operator {
  readonly #url: string;
  readonly #cookie: string;

  private constructor(url: string, cookie: string) {
    this.#url = url;
    this.#cookie = cookie;
  }

  static async signIn(url: string, loginLink: string): Promise<Operator> {
    const token = new URL(loginLink).hash.slice(1);
    const response = await fetch(new URL("/api/v1/session", url), {
      method: "POST",
      headers: { "content-type": "application/json", origin: new URL(url).origin },
      body: JSON.stringify({ token }),
    });
    const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
    if (!response.ok || cookie === undefined) {
      throw new SensorError("sign-in-failed", `cannot sign in: ${response.status} ${await response.text()}`);
    }
    return new Operator(url, cookie);
  }

  /** `body`: bytes as they are, anything else as JSON. */
  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const isBytes = body instanceof Uint8Array;
    const response = await fetch(new URL(path, this.#url), {
      method,
      headers: {
        ...{ cookie: this.#cookie, origin: new URL(this.#url).origin },
        ...(body === undefined ? {} : { "content-type": isBytes ? "application/octet-stream" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new SensorError("api-refused", `${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  async sites(): Promise<readonly Pick<SiteSeen, "id" | "sensor">[]> {
    return (await this.#call("GET", "/api/v1/sites")) as readonly SiteSeen[];
  }

  /** The only site whose box has called, or there is. */
  async site(): Promise<SiteSeen> {
    const sites = await this.sites();
    const first = sites.find(({ sensor }) => sensor.state !== "never-seen") ?? sites[0];
    if (first === undefined) throw new SensorError("no-site", "the controller knows no site");
    return (await this.#call("GET", `/api/v1/sites/${first.id}`)) as SiteSeen;
  }

  async cutOff(siteId: string, host: string, hours = 1): Promise<ContainmentSeen> {
    return this.contain(siteId, { kind: "quarantine", host }, hours);
  }

  async contain(
    siteId: string,
    what: { readonly kind: string; readonly host: string; readonly vector?: string | null },
    hours = 1,
  ): Promise<ContainmentSeen> {
    const wish = { ...what, reason: "mails strangers", expiresAt: Date.now() + hours * 3_600_000 };
    return (await this.#call("POST", `/api/v1/sites/${siteId}/containments`, wish)) as ContainmentSeen;
  }

  async release(siteId: string, containmentId: string): Promise<void> {
    await this.#call("DELETE", `/api/v1/sites/${siteId}/containments/${containmentId}`, { reason: "cleaned" });
  }

  /** Has the reflex stop what it counts, and waits until the box says that it does. */
  async enforceReflex(siteId: string, timeoutMs: number): Promise<void> {
    const path = `/api/v1/sites/${siteId}/reflex`;
    await this.#call("PUT", path, { mode: "enforce", budget: "usual", hosts: [], reason: "dry run seen" });
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { reported } = (await this.#call("GET", path)) as { readonly reported: { readonly mode: string } | null };
      if (reported?.mode === "enforce") return;
      if (Date.now() > deadline) {
        throw new SensorError("not-reached", `not within ${timeoutMs} ms: the reflex is enforced`);
      }
      await delay(150);
    }
  }

  /** Shuts a way of spreading for the whole site. */
  async setBarrier(siteId: string, way: string): Promise<void> {
    const setting = { mode: "enforce", exceptions: [], reason: "a worm spreads by it", expiresAt: null };
    await this.#call("PUT", `/api/v1/sites/${siteId}/barriers/${way}`, setting);
  }

  /** Says what a machine is for. */
  async declareDuty(siteId: string, host: string, duty: string): Promise<void> {
    await this.#call("PUT", `/api/v1/sites/${siteId}/duties/${host}`, { duty, reason: "it is there for that" });
  }

  async setPolicy(siteId: string, policy: "observe" | "guard" | "contain"): Promise<void> {
    await this.#call("PUT", `/api/v1/sites/${siteId}/policy`, { policy, reason: "nobody is there at night" });
    await this.until(`the box follows the policy ${policy}`, 10_000, (site) => site.reportedPolicy === policy);
  }

  /** Looks at the walk of a site, begins it, says that somebody still looks, or ends it. */
  async walk(siteId: string, method: "GET" | "POST" | "PUT" | "DELETE" = "GET", walkId?: string): Promise<WalkSeen> {
    const path = `/api/v1/sites/${siteId}/walk${walkId === undefined ? "" : `/${walkId}`}`;
    return (await this.#call(method, path)) as WalkSeen;
  }

  /** Watches as a page does, told by the stream of events, until the walk is as wished; fails with what was last seen. */
  async walkUntil(
    siteId: string,
    what: string,
    timeoutMs: number,
    isThere: (walk: NonNullable<WalkSeen["walk"]>) => boolean,
  ): Promise<NonNullable<WalkSeen["walk"]>> {
    const stop = new AbortController();
    let seen: WalkSeen | null = null;
    try {
      const response = await fetch(new URL("/api/v1/events", this.#url), {
        headers: { cookie: this.#cookie },
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]),
      });
      seen = await this.walk(siteId);
      if (seen.walk !== null && isThere(seen.walk)) return seen.walk;
      for await (const chunk of response.body ?? []) {
        if (!Buffer.from(chunk as Uint8Array).includes("walk-changed")) continue;
        seen = await this.walk(siteId);
        if (seen.walk !== null && isThere(seen.walk)) return seen.walk;
      }
    } catch (cause) {
      if (cause instanceof SensorError) throw cause;
    } finally {
      stop.abort();
    }
    throw new SensorError("not-reached", `not within ${timeoutMs} ms: ${what}; ${JSON.stringify(seen)}`);
  }

  /** Asks the box's log of connections, and waits for the answer. */
  async lookUp(siteId: string, question: LookUpQuestion): Promise<LookUpAnswer> {
    const { id } = (await this.#call("POST", `/api/v1/sites/${siteId}/look-ups`, question)) as { readonly id: string };
    const answer = (await this.#call("GET", `/api/v1/sites/${siteId}/asks/${id}?waitMs=20000`)) as {
      readonly status: string;
      readonly body: LookUpAnswer;
    };
    if (answer.status !== "done") throw new SensorError("not-answered", `the look-up is ${answer.status}`);
    return answer.body;
  }

  /** Has the site's box forget it, for good. */
  async wipe(siteId: string, reason: string): Promise<void> {
    await this.#call("POST", `/api/v1/sites/${siteId}/wipe`, { reason });
  }

  /** Has the controller keep a signed release, which goes to it in parts; gives its id. */
  async addRelease(bundle: Uint8Array): Promise<string> {
    const { id } = (await this.#call("POST", "/api/v1/releases", { sizeBytes: bundle.length })) as {
      readonly id: string;
    };
    for (let at = 0; at < bundle.length; at += releasePartBytes) {
      const part = bundle.subarray(at, at + releasePartBytes);
      await this.#call("PUT", `/api/v1/releases/${id}/parts/${at}`, part);
    }
    await this.#call("POST", `/api/v1/releases/${id}/whole`, {});
    return id;
  }

  /** Has the only box get a release, at any hour. */
  async rollOut(releaseId: string): Promise<void> {
    const [box] = (await this.#call("GET", "/api/v1/boxes")) as readonly { readonly sensorId: string }[];
    const window = { from: "00:00", to: "00:00", timeZone: "UTC" };
    await this.#call("POST", "/api/v1/rollouts", { releaseId, firstBox: box?.sensorId, window, patienceHours: 1 });
  }

  /** Waits for how the only box stands to the newest rollout; fails with what was last seen. */
  async untilRolledOut(timeoutMs: number, isThere: (box: RolloutBoxSeen) => boolean): Promise<RolloutBoxSeen> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const [rollout] = (await this.#call("GET", "/api/v1/rollouts")) as readonly {
        readonly boxes: readonly RolloutBoxSeen[];
      }[];
      const box = rollout?.boxes[0];
      if (box !== undefined && isThere(box)) return box;
      if (Date.now() > deadline) {
        throw new SensorError("not-reached", `not within ${timeoutMs} ms: the release is ${box?.phase}: ${box?.words}`);
      }
      await delay(500);
    }
  }

  /** Waits for the only box there is; fails with what was last seen. */
  async untilBox(what: string, timeoutMs: number, isThere: (box: BoxSeen) => boolean): Promise<BoxSeen> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const [box] = (await this.#call("GET", "/api/v1/boxes")) as readonly BoxSeen[];
      if (box !== undefined && isThere(box)) return box;
      if (Date.now() > deadline) {
        throw new SensorError(
          "not-reached",
          `not within ${timeoutMs} ms: ${what}; the box is ${box?.state ?? "not there"}`,
        );
      }
      await delay(500);
    }
  }

  /** What the time-line says of a kind, the newest first. */
  async timeline(siteId: string, kind: string): Promise<readonly { readonly what: string; readonly text: string }[]> {
    const page = await this.#call("GET", `/api/v1/sites/${siteId}/timeline?kind=${kind}`);
    return (page as { readonly entries: readonly { what: string; text: string }[] }).entries;
  }

  /** The log of who did what, the newest first. */
  async audit(): Promise<readonly { readonly action: string; readonly detail: string }[]> {
    return (await this.#call("GET", "/api/v1/audit")) as readonly { action: string; detail: string }[];
  }

  /** Looks at the site until it is as wished; fails with what was last seen. */
  async until(what: string, timeoutMs: number, isThere: (site: SiteSeen) => boolean): Promise<SiteSeen> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const site = await this.site();
      if (isThere(site)) return site;
      if (Date.now() > deadline) {
        const hosts = site.hosts.map(
          (host) =>
            `${host.name ?? host.host} ${host.verdict} ${host.score.toFixed(1)} [${host.evidence.map((line) => line.kind).join(" ")}] ${host.containments.map((cut) => cut.level).join(" ")}`,
        );
        throw new SensorError(
          "not-reached",
          `not within ${timeoutMs} ms: ${what}; ${site.sentence} line ${site.line?.state ?? "?"}\n${hosts.join("\n")}`,
        );
      }
      await delay(150);
    }
  }
}

/** The machine with that MAC, as the controller shows it. */
export function hostOf(site: SiteSeen, mac: string): HostSeen {
  const host = site.hosts.find((candidate) => candidate.host === mac);
  if (host === undefined) throw new SensorError("no-host", `the controller does not know ${mac}`);
  return host;
}
