/** A running controller on a directory of its own, and what tests do with it. */
import { join } from "node:path";
import type { KeyedProfile } from "@cordon/contract";
import { silentLog, systemAmbient, type Ambient } from "../src/ambient.ts";
import type { SiteView } from "../src/api/view.ts";
import { startController, type Controller, type ControllerOptions } from "../src/controller.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { enrolSensor, type EnrolmentWish } from "../src/fleet/enrol.ts";
import { openSigner } from "../src/fleet/signer.ts";
import { openStore, storeUrlOf } from "./store.ts";

/** Starts one on free ports of the loopback. */
export async function startTestController(dataDir: string, more: Partial<ControllerOptions> = {}): Promise<Controller> {
  const storeUrl = await storeUrlOf(dataDir);
  return startController({
    dataDir,
    ...(storeUrl === undefined ? {} : { storeUrl }),
    httpHost: "127.0.0.1",
    httpPort: 0,
    brokerHost: "127.0.0.1",
    brokerPort: 0,
    uiDir: join(dataDir, "no-ui"),
    timeZone: "UTC",
    ambient: systemAmbient(silentLog),
    ...more,
  });
}

/** Enrols a sensor the way the command line does. */
export async function enrol(
  dataDir: string,
  brokerPort: number,
  more: Partial<EnrolmentWish> = {},
  ambient: Ambient = systemAmbient(silentLog),
): Promise<KeyedProfile> {
  const store = await openStore(dataDir);
  try {
    return await enrolSensor(
      {
        store,
        ambient,
        authority: await openAuthority(dataDir, ambient),
        signer: await openSigner(dataDir, store, ambient),
      },
      {
        siteName: "Brandt Tax Advisers",
        placement: "lan",
        bridge: "br0",
        inside: "inside0",
        outside: "outside0",
        localNets: ["192.168.10.0/24"],
        controllerHost: "127.0.0.1",
        controllerPort: brokerPort,
        author: "operator",
        ...more,
      },
    );
  } finally {
    await store.destroy();
  }
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A signed-in client of the API. */
export class ApiClient {
  readonly url: string;
  cookie: string;

  constructor(url: string, cookie = "") {
    this.url = url;
    this.cookie = cookie;
  }

  /** Signs in with a link. */
  async signIn(link: string): Promise<Answer<unknown>> {
    const answer = await this.call<unknown>("POST", "/api/v1/session", { token: link.slice(link.indexOf("#") + 1) });
    this.cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return answer;
  }

  /** One request; the body is parsed where it is JSON. */
  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.cookie === "" ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** The page of a site. */
  async site(siteId: string): Promise<SiteView> {
    return (await this.call<SiteView>("GET", `/api/v1/sites/${siteId}`)).body;
  }

  /** Reads the event stream until the site's page satisfies the condition; gives that page. Rejects after a minute. */
  async siteWhen(siteId: string, condition: (site: SiteView) => boolean): Promise<SiteView> {
    const abort = new AbortController();
    const response = await fetch(`${this.url}/api/v1/events`, {
      headers: { cookie: this.cookie },
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(60_000)]),
    });
    if (response.body === null || response.status !== 200) throw new Error(`no events: ${response.status}`);
    try {
      let site = await this.site(siteId);
      if (condition(site)) return site;
      for await (const chunk of response.body) {
        if (!Buffer.from(chunk).includes("site-changed")) continue;
        site = await this.site(siteId);
        if (condition(site)) return site;
      }
      throw new Error("the events ended before the condition held");
    } finally {
      abort.abort();
    }
  }
}
