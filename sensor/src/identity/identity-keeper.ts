import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import {
  contractVersion,
  enrolmentPath,
  httpProtocol,
  renewalPath,
  type IssuedCertificate,
  type SiteProfile,
} from "@cordon/contract";
import type { Logger } from "pino";
import type { HealthBoard } from "../agent/health-board.ts";
import { SensorError } from "../errors.ts";
import type { Dialer } from "../link/dialer.ts";
import type { Identity } from "../link/identity.ts";
import { retryDelayMs, type RetryPolicy } from "../link/jitter.ts";
import { loadOwnIdentity, saveOwnIdentity, type OwnIdentity } from "./identity-file.ts";
import type { OwnKey } from "./own-key.ts";

export interface IdentityKeeperOptions {
  readonly profile: Pick<SiteProfile, "sensor" | "controller" | "credentials" | "enrolment">;
  readonly path: string;
  readonly dialer: Pick<Dialer, "dial" | "fetchAuthority">;
  readonly makeKey: (sensorId: string) => Promise<OwnKey>;
  /** Epoch milliseconds, never ahead of the truth. */
  readonly trustedNow: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly log: Logger;
  /** There is an identity at last, or another one. */
  readonly onChange: () => void;
  /** Told why there is none, in a sentence, for the page that the box shows; null when there is. */
  readonly onTrouble: (text: string | null) => void;
  readonly retry?: { readonly unreachable: RetryPolicy; readonly refused: RetryPolicy };
}

// Who was refused is refused again until a person does something; until then it costs the controller little.
const usualRetry = {
  unreachable: { baseMs: 2_000, maxMs: 60_000 },
  refused: { baseMs: 30_000, maxMs: 900_000 },
} as const;
const connectTimeoutMs = 10_000;
// So that boxes that were made on one day do not all come in the same minute.
const renewalSpreadMs = 3_600_000;

const distrustedText =
  "Who answers at the controller's address is not the controller that this box was made for. Look whether address and fingerprint on the label are its own; if they are not, make the box anew there (box create --sensor-id). If they are, somebody stands in between.";

/** Refusals after which no connection with this certificate will do. */
const shutting = new Set(["sensor-unknown", "sensor-revoked", "sensor-retired", "key-unknown", "key-superseded"]);

/**
 * Sees to it that the box has a certificate: at first for the token in its profile, then anew at two thirds of its life, or
 * when the broker takes the one it has no longer; and by the token once more where the controller has forgotten its key. It waits for nobody and nobody waits for it. A profile that holds a
 * key is left as it is.
 */
export class IdentityKeeper {
  readonly #options: IdentityKeeperOptions;
  /** Null where the profile holds the key. */
  readonly #token: string | null;
  #own: OwnIdentity | null = null;
  #isShut = false;
  #isBusy = false;
  #isStarted = false;
  #failures = 0;
  #retry: NodeJS.Timeout | null = null;
  readonly #stop = new AbortController();

  constructor(options: IdentityKeeperOptions) {
    this.#options = options;
    const { credentials, enrolment } = options.profile;
    this.#token = credentials === undefined ? (enrolment?.token ?? null) : null;
  }

  /** Null while the box has none, or the one it has is refused. */
  get current(): Identity | null {
    if (this.#token === null) return keyedIdentity(this.#options.profile);
    const { privateKey, certificate, authority } = this.#own ?? {};
    if (this.#isShut || privateKey === undefined || certificate === undefined || authority === undefined) return null;
    return { credentials: { certificate, privateKey }, authority };
  }

  /** Reads what was kept. */
  async load(): Promise<void> {
    const { profile, path, health } = this.#options;
    if (this.#token === null) return;
    try {
      const own = await loadOwnIdentity(path);
      const isOurs = own?.sensor === profile.sensor && own.tokenHash === hashOf(this.#token);
      this.#own = isOurs ? own : null;
    } catch (error) {
      health.raise("identity-unreadable", "error", `The box's own key cannot be read: ${(error as Error).message}.`);
    }
  }

  /** Begins to enrol or to renew where that is due; returns at once. */
  start(): void {
    this.#isStarted = true;
    this.look();
  }

  /** Renews where that is due. Cheap; call it every minute or so. */
  look(): void {
    if (this.#token === null) return;
    const { certificate, renewAt = 0 } = this.#own ?? {};
    if (certificate === undefined || this.#options.trustedNow() >= renewAt) this.#try();
  }

  /** The broker takes the certificate no longer: its time may be over, or somebody has taken it back. */
  refused(): void {
    if (this.#token !== null) return this.#try();
    const text = "The controller does not take this box's certificate: it was taken back, or has run out.";
    this.#options.onTrouble(text);
    return this.#options.health.raise("identity-refused", "error", text);
  }

  /** The broker takes it. */
  accepted(): void {
    if (this.#token !== null) return;
    this.#options.health.clear("identity-refused");
    this.#options.onTrouble(null);
  }

  close(): void {
    this.#stop.abort();
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  #try(): void {
    if (!this.#isStarted || this.#isBusy || this.#retry !== null || this.#stop.signal.aborted) return;
    this.#isBusy = true;
    this.#obtain().then(
      (refusal) => {
        this.#isBusy = false;
        if (refusal === null) this.#failures = 0;
        else this.#refusedFor(refusal);
      },
      (error: unknown) => {
        this.#isBusy = false;
        this.#failedBy(error as Error);
      },
    );
  }

  /** Null where a certificate came; else what the controller says. */
  async #obtain(): Promise<{ readonly code: string; readonly text: string } | null> {
    const { profile, dialer, health, log } = this.#options;
    const { signal } = this.#stop;
    const call = { protocol: httpProtocol, timeoutMs: connectTimeoutMs, signal };
    const own = await this.#ownKey();
    const { authorityFingerprint: fingerprint = "" } = profile.controller;
    const authority = own.authority ?? profile.controller.authority ?? (await dialer.fetchAuthority(fingerprint, call));
    const { privateKey, request, certificate } = own;
    const isFirst = certificate === undefined;
    const { askCertificate } = await import("./ask-certificate.ts");
    const asked = async (path: string) => {
      const credentials = path === enrolmentPath || certificate === undefined ? null : { certificate, privateKey };
      const socket = await dialer.dial({ ...call, authority, credentials });
      const token = path === enrolmentPath ? { token: this.#token } : {};
      return askCertificate(socket, path, { version: contractVersion, request, ...token });
    };
    let answer = await asked(isFirst ? enrolmentPath : renewalPath);
    if (answer.kind === "refused" && answer.code === "key-unknown") {
      // A controller that was put back to a backup of before we enrolled knows our token as one that nobody has used.
      const refusal = answer;
      answer = await asked(enrolmentPath);
      if (answer.kind === "refused") return refusal;
    }
    if (answer.kind === "refused") return answer;
    checkIssued(answer.issued, own, authority);
    await this.#keep({
      ...own,
      authority,
      certificate: answer.issued.certificate,
      renewAt: this.#renewAt(answer.issued),
    });
    this.#isShut = false;
    for (const code of ["not-enrolled", "enrolment-refused", "identity-refused"]) health.clear(code);
    this.#options.onTrouble(null);
    log.info({ isFirst }, "the controller gave a certificate");
    this.#options.onChange();
    return null;
  }

  /** The key is on the disk before anybody hears of it: a token that was used for a key that is lost is lost, too. */
  async #ownKey(): Promise<OwnIdentity> {
    const { profile, makeKey } = this.#options;
    if (this.#own !== null) return this.#own;
    const key = await makeKey(profile.sensor);
    const tokenHash = hashOf(this.#token ?? "");
    const own = { version: 1, sensor: profile.sensor, tokenHash, ...key } as const;
    await this.#keep(own);
    return own;
  }

  async #keep(own: OwnIdentity): Promise<void> {
    await saveOwnIdentity(this.#options.path, own);
    this.#own = own;
  }

  #renewAt({ certificate, renewAfterMs }: IssuedCertificate): number {
    // Who has just signed it knows the time; a box that knows none would count from 1970.
    const from = Math.max(this.#options.trustedNow(), new X509Certificate(certificate).validFromDate.getTime());
    return from + renewAfterMs + Math.floor(this.#options.random() * renewalSpreadMs);
  }

  #refusedFor({ code, text }: { readonly code: string; readonly text: string }): void {
    const { health, log } = this.#options;
    log.error({ code }, "the controller gives this box no certificate");
    if (shutting.has(code)) this.#isShut = true;
    health.raise("enrolment-refused", "error", `${text} (${code})`);
    this.#options.onTrouble(text);
    this.#later((this.#options.retry ?? usualRetry).refused);
  }

  #failedBy(error: Error): void {
    if (this.#stop.signal.aborted) return;
    const { health, log } = this.#options;
    log.warn({ error: error.message }, "cannot ask for a certificate");
    const isDistrusted = (error as { readonly code?: unknown }).code === "controller-distrusted";
    if (isDistrusted) {
      health.raise("not-enrolled", "error", distrustedText);
      this.#options.onTrouble(distrustedText);
    } else if (this.#own?.certificate === undefined) {
      health.raise("not-enrolled", "warning", `The box has no certificate yet, and asks again: ${error.message}.`);
      this.#options.onTrouble("This box has not found its controller yet.");
    }
    this.#later((this.#options.retry ?? usualRetry).unreachable);
  }

  #later(policy: RetryPolicy): void {
    if (this.#stop.signal.aborted) return;
    const delayMs = retryDelayMs(this.#failures, policy, this.#options.random);
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#try();
    }, delayMs);
  }
}

function keyedIdentity({ credentials, controller }: IdentityKeeperOptions["profile"]): Identity | null {
  const { authority } = controller;
  return credentials === undefined || authority === undefined ? null : { credentials, authority };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** What came must be of use, or the one before is kept. */
function checkIssued({ certificate }: IssuedCertificate, own: OwnIdentity, authority: string): void {
  const read = new X509Certificate(certificate);
  const isGood =
    read.checkPrivateKey(createPrivateKey(own.privateKey)) &&
    read.verify(new X509Certificate(authority).publicKey) &&
    read.subject === `CN=${own.sensor}`;
  if (!isGood) throw new SensorError("answer-malformed", "the controller gave a certificate for somebody else");
}
