import { HostSnapshot } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { SensorError } from "../src/errors.ts";

/** What start reads of a site; the API gives more. */
const SeenSite = Type.Object({
  id: Type.String(),
  sensor: Type.Object({ state: Type.String() }),
  line: Type.Union([Type.Object({ state: Type.String(), text: Type.String() }), Type.Null()]),
  hosts: Type.Array(
    Type.Object({
      ...HostSnapshot.properties,
      containments: Type.Array(
        Type.Object({
          id: Type.String(),
          levelText: Type.String(),
          inForceSince: Type.Union([Type.Number(), Type.Null()]),
          releasing: Type.Boolean(),
        }),
      ),
    }),
  ),
});
export type SeenSite = Static<typeof SeenSite>;

const SeenSites = Type.Array(Type.Object({ id: Type.String() }));

/** Reads the site through the API, signed in like a person by a one-time link. */
export class SiteSession {
  readonly #url: string;
  readonly #loginLink: () => Promise<string>;
  #cookie: string | null = null;

  constructor(url: string, loginLink: () => Promise<string>) {
    this.#url = url;
    this.#loginLink = loginLink;
  }

  /** The site; null while there is none. */
  async read(signal: AbortSignal): Promise<SeenSite | null> {
    const sites = await this.#fetch("/api/v1/sites", signal);
    if (!Value.Check(SeenSites, sites))
      throw new SensorError("bad-answer", "the list of sites is not what the API promises");
    const id = sites[0]?.id;
    if (id === undefined) return null;
    const site = await this.#fetch(`/api/v1/sites/${encodeURIComponent(id)}`, signal);
    if (!Value.Check(SeenSite, site)) throw new SensorError("bad-answer", "the site is not what the API promises");
    return site;
  }

  async #fetch(path: string, signal: AbortSignal): Promise<unknown> {
    this.#cookie ??= await this.#signIn(signal);
    const answer = await fetch(new URL(path, this.#url), { signal, headers: { cookie: this.#cookie } });
    // A session ends some day: the next reading signs in anew.
    if (answer.status === 401) this.#cookie = null;
    if (!answer.ok) throw new SensorError("bad-answer", `${path} answered ${answer.status}`);
    return answer.json();
  }

  async #signIn(signal: AbortSignal): Promise<string> {
    const token = new URL(await this.#loginLink()).hash.slice(1);
    const answer = await fetch(new URL("/api/v1/session", this.#url), {
      method: "POST",
      signal,
      headers: { "content-type": "application/json", origin: new URL(this.#url).origin },
      body: JSON.stringify({ token }),
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0];
    if (!answer.ok || cookie === undefined) throw new SensorError("bad-answer", `signing in answered ${answer.status}`);
    return cookie;
  }
}
