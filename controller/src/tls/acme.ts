/**
 * A certificate by ACME (RFC 8555), HTTP-01. Owns the account's key, the certificate and its key in the data directory, the
 * port at which the authority looks, and when it is renewed; the protocol is the library's.
 */
import type { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { Agent, get } from "node:https";
import { join } from "node:path";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { beginPrivateFile, readOrMake } from "../fleet/private-file.ts";
import { checkCredentials, type CredentialSource, type ServerCredentials } from "./credentials.ts";
import { temporaryCredentials } from "./temporary.ts";

export interface AcmeWish {
  /** The host name that the certificate is for. */
  readonly domain: string;
  /** Where the authority writes to; absent: nowhere. */
  readonly email?: string;
  /** Of the authority; default Let's Encrypt. */
  readonly directory?: string;
  /** Where the authority looks, which is port 80 of the name, whatever stands in between. */
  readonly challengePort: number;
  /** PEM of authorities that the authority itself is held against; absent: the system's. */
  readonly authorities?: readonly string[];
}

interface AcmeParts {
  readonly wish: AcmeWish;
  readonly dataDir: string;
  /** Where the port of challenges listens. */
  readonly host: string;
  readonly ambient: Ambient;
}

const lookEveryMs = 3_600_000;
const firstRetryMs = 60_000;
const longestRetryMs = 6 * 3_600_000;
// Let's Encrypt asks for renewal at two thirds, whatever the certificate's life.
const renewedAfter = 2 / 3;
const answerWithinMs = 20_000;
const challengePath = "/.well-known/acme-challenge/";

export class AcmeCertificate implements CredentialSource {
  readonly #parts: AcmeParts;
  readonly #file: string;
  readonly #accountFile: string;
  /** What to answer, by the token that is asked for. */
  readonly #challenges = new Map<string, string>();
  #changed: (credentials: ServerCredentials) => void = () => undefined;
  #port: Server | null = null;
  #cancel: () => void = () => undefined;
  #retryMs = firstRetryMs;
  #current: X509Certificate | null = null;
  #working: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: AcmeParts) {
    this.#parts = parts;
    this.#file = join(parts.dataDir, "acme", "certificate.json");
    this.#accountFile = join(parts.dataDir, "acme", "account.pem");
  }

  /** Null until there is a certificate that a browser can hold against an authority. */
  get name(): string | null {
    return this.#current === null ? null : this.#parts.wish.domain;
  }

  /** The port of challenges, once it listens. */
  get challengePort(): number {
    const address = this.#port?.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /**
   * What was got before, else a certificate of its own until there is one: the controller serves meanwhile. Throws
   * `acme-unavailable` where the port of challenges cannot be had.
   */
  async open(changed: (credentials: ServerCredentials) => void): Promise<ServerCredentials> {
    const { wish, ambient } = this.#parts;
    this.#changed = changed;
    await this.#listen();
    const kept = this.#kept();
    this.#later(lookEveryMs);
    this.reload();
    return kept ?? temporaryCredentials(wish.domain, ambient);
  }

  /** Gets another where the one there is has had its time. */
  reload(): void {
    if (this.#working !== null || this.#isClosed || !this.#isDue()) return;
    this.#cancel();
    this.#working = this.#get().finally(() => (this.#working = null));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    const port = this.#port;
    port?.closeAllConnections();
    if (port !== null) await new Promise((resolve) => port.close(resolve));
  }

  async #get(): Promise<void> {
    const { ambient, wish } = this.#parts;
    try {
      const credentials = await this.#order();
      if (this.#isClosed) return;
      const pending = beginPrivateFile(this.#file, ambient.random(8).toString("hex"));
      pending.commit(JSON.stringify(credentials));
      this.#current = checkCredentials(credentials, wish.domain);
      this.#retryMs = firstRetryMs;
      ambient.log.info("got a certificate", { name: wish.domain, until: this.#current.validTo });
      this.#changed(credentials);
      this.#later(lookEveryMs);
    } catch (error) {
      if (this.#isClosed) return;
      ambient.log.error("cannot get a certificate; it is tried again", {
        ...{ name: wish.domain, inMinutes: Math.round(this.#retryMs / 60_000), error: errorText(error) },
      });
      this.#later(this.#retryMs);
      this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
    }
  }

  async #order(): Promise<ServerCredentials> {
    const { wish, ambient } = this.#parts;
    // Loaded where it is wanted: most controllers have no use for it.
    const { default: acme } = await import("acme-client");
    const directoryUrl = wish.directory ?? acme.directory.letsencrypt.production;
    const agent = new Agent(wish.authorities === undefined ? {} : { ca: [...wish.authorities] });
    // The library would try for minutes, and not say why it is in vain.
    await reach(directoryUrl, agent);
    Object.assign(acme.axios.defaults, { httpsAgent: agent, timeout: answerWithinMs });
    const accountKey = await readOrMake(this.#accountFile, ambient.random(8).toString("hex"), async () =>
      (await acme.crypto.createPrivateEcdsaKey()).toString("utf8"),
    );
    const client = new acme.Client({
      directoryUrl,
      accountKey,
    });
    const [key, request] = await acme.crypto.createCsr(
      { commonName: wish.domain },
      await acme.crypto.createPrivateEcdsaKey(),
    );
    const cert = await client.auto({
      csr: request,
      ...(wish.email === undefined ? {} : { email: wish.email }),
      termsOfServiceAgreed: true,
      challengePriority: ["http-01"],
      // From here the name may lead elsewhere than for everybody else.
      skipChallengeVerification: true,
      challengeCreateFn: async (_, { token }, answer) => void this.#challenges.set(token, answer),
      challengeRemoveFn: async (_, { token }) => void this.#challenges.delete(token),
    });
    return { cert, key: key.toString("utf8") };
  }

  /** What was got before and still counts. */
  #kept(): ServerCredentials | null {
    const { wish, ambient } = this.#parts;
    if (!existsSync(this.#file)) return null;
    try {
      const kept = JSON.parse(readFileSync(this.#file, "utf8")) as ServerCredentials;
      const certificate = checkCredentials(kept, wish.domain);
      const isUsable =
        certificate.validToDate.getTime() > ambient.clock.now() && certificate.checkHost(wish.domain) !== undefined;
      if (!isUsable) return null;
      this.#current = certificate;
      return kept;
    } catch (error) {
      ambient.log.warn("the certificate that was got before cannot be read", { error: errorText(error) });
      return null;
    }
  }

  #isDue(): boolean {
    if (this.#current === null) return true;
    const [from, until] = [this.#current.validFromDate.getTime(), this.#current.validToDate.getTime()];
    return this.#parts.ambient.clock.now() >= from + (until - from) * renewedAfter;
  }

  #later(delayMs: number): void {
    if (this.#isClosed) return;
    this.#cancel = this.#parts.ambient.clock.after(delayMs, () => {
      if (this.#isDue()) this.reload();
      else this.#later(lookEveryMs);
    });
  }

  /** Answers the authority, and sends everybody else to where the user interface is. */
  async #listen(): Promise<void> {
    const { wish, host } = this.#parts;
    const port = createServer({ requestTimeout: 10_000 }, (request, response) => {
      const { url = "/" } = request;
      const answer = url.startsWith(challengePath) ? this.#challenges.get(url.slice(challengePath.length)) : undefined;
      if (answer !== undefined) return void response.writeHead(200, { "content-type": "text/plain" }).end(answer);
      if (url.startsWith(challengePath)) return void response.writeHead(404).end();
      // Never to a name that the caller made up.
      response.writeHead(308, { location: `https://${wish.domain}${url.startsWith("/") ? url : "/"}` }).end();
    });
    await new Promise<void>((resolve, reject) => {
      port.once("error", reject).listen(wish.challengePort, host, resolve);
    }).catch((error: unknown) => {
      const what = `cannot listen where the authority looks, on ${host}:${wish.challengePort}`;
      throw new ControllerError("acme-unavailable", `${what}: ${errorText(error)}`, { cause: error });
    });
    this.#port = port;
  }
}

function reach(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent, timeout: answerWithinMs }, (response) => {
      response.resume();
      if (response.statusCode === 200) return resolve();
      reject(new ControllerError("acme-unavailable", `${url} answers with status ${response.statusCode}`));
    });
    asked.once("timeout", () => asked.destroy(new ControllerError("acme-unavailable", `${url} does not answer`)));
    asked.once("error", reject);
  });
}
