import type { Delegation, Hello, SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import { SensorError } from "../errors.ts";
import { acceptLocal, isNamed, type LocalAcceptance, type LocalRefusal } from "../centre/accept-local.ts";
import {
  acceptDesired,
  signersFrom,
  type Acceptance,
  type AdoptedDesired,
  type DesiredRefusal,
  type Signer,
} from "./desired.ts";
import { loadDesired, saveDesired } from "./desired-store.ts";

export interface DesiredKeeperOptions {
  /** Where the adopted document is kept. */
  readonly path: string;
  readonly profile: Pick<SiteProfile, "sensor" | "site" | "controller">;
  /** Epoch milliseconds, best never ahead of the truth: what was not to be adopted after it is refused. */
  readonly now: () => number;
  readonly log: Logger;
  /** A document is in effect; `saved` resolves when it was written, or could not be. */
  readonly onAdopted: (adopted: AdoptedDesired, saved: Promise<void>) => void;
  readonly onRefused: (code: DesiredRefusal | LocalRefusal, text: string) => void;
  /** A document was accepted, be it the same as before. */
  readonly onAccepted: () => void;
  /** The outcome of writing; null where it went well. */
  readonly onSaved: (error: unknown) => void;
  /** With what the box may obey itself. Absent: it never does. */
  readonly own?: {
    readonly key: Signer;
    /** What was delegated last; null where nothing ever was. */
    readonly delegation: () => Delegation | null;
    /**
     * By what a delegation ends: epoch milliseconds, the latest that is never ahead of the truth. A clock that went back, as one
     * without a battery does at each start, gives nobody his say again.
     */
    readonly now: () => number;
    /** Where the controller's document is kept that its own go on from. */
    readonly basePath: string;
  };
}

/** Holds the document in effect: what comes in is checked against it, adopted, and written down. */
export class DesiredKeeper {
  readonly #options: DesiredKeeperOptions;
  readonly #signers: readonly Signer[];
  #current: AdoptedDesired | null = null;
  #base: AdoptedDesired | null = null;
  #saving: Promise<void> = Promise.resolve();

  /** Throws `profile-invalid` where the profile's keys are no Ed25519 keys. */
  constructor(options: DesiredKeeperOptions) {
    this.#options = options;
    this.#signers = signersFrom(options.profile.controller.signers);
  }

  /** Names of the keys whose documents are obeyed. */
  get obeys(): string[] {
    return this.#signers.map(({ keyId }) => keyId);
  }

  get current(): AdoptedDesired | null {
    return this.#current;
  }

  /** The controller's document that is in effect, or that the box's own goes on from; null where there is none. */
  get base(): AdoptedDesired | null {
    return this.#base;
  }

  /** What the controller is told of it before anybody has seen what came of it. */
  get holds(): Pick<Hello, "holds"> {
    if (this.#current === null) return {};
    const { epoch, revision, issuedAt } = this.#current.document;
    return { holds: { epoch, revision, issuedAt } };
  }

  /** Takes up the stored document, if there is one and it is still signed by a pinned key. */
  async load(): Promise<void> {
    const { path, profile, onAdopted, onSaved, log, own } = this.#options;
    const context = { sensorId: profile.sensor, siteId: profile.site.id };
    const { adopted, trouble } = await loadDesired(path, {
      ...context,
      signers: own === undefined ? this.#signers : [...this.#signers, own.key],
    });
    if (trouble !== null) {
      log.error({ path }, trouble);
      onSaved(new SensorError("desired-damaged", trouble));
    }
    if (adopted === null) return;
    this.#current = adopted;
    this.#base = adopted;
    if (adopted.document.local !== undefined) {
      const kept = own === undefined ? null : await loadDesired(own.basePath, { ...context, signers: this.#signers });
      const base = kept?.adopted ?? null;
      // Without it the box changes nothing more by itself, and holds what it holds.
      this.#base = base !== null && isNamed(base.document, adopted.document.local.base) ? base : null;
    }
    onAdopted(adopted, Promise.resolve());
  }

  /** Takes a payload of the channel `desired`. */
  take(payload: Uint8Array): void {
    const { profile, now, own } = this.#options;
    const current = this.#current;
    const isOwn = current?.document.local !== undefined;
    const acceptance = acceptDesired(payload, {
      sensorId: profile.sensor,
      siteId: profile.site.id,
      signers: this.#signers,
      current,
      now: now(),
      // A controller of an older release answers nothing.
      ...(isOwn ? { answerUntil: own?.delegation()?.notAfter ?? 0 } : {}),
    });
    const adopted = this.#taken(acceptance);
    if (adopted === null) return;
    this.#base = adopted;
    this.#adopt(adopted, this.#save(adopted));
  }

  /** Takes one that the box has signed itself. */
  takeOwn(payload: string): void {
    const { profile, own } = this.#options;
    if (own === undefined) return;
    const base = this.#base;
    const acceptance = acceptLocal(payload, {
      ...{ sensorId: profile.sensor, siteId: profile.site.id, ownKey: own.key, current: this.#current, now: own.now() },
      ...{ base: base?.document ?? null, delegation: own.delegation() },
    });
    const adopted = this.#taken(acceptance);
    if (adopted === null || base === null) return;
    this.#adopt(adopted, this.#save(adopted, base));
  }

  /** What is to be adopted; null where it is refused, or in effect already. */
  #taken(acceptance: Acceptance | LocalAcceptance): AdoptedDesired | null {
    const { log, onRefused, onAccepted } = this.#options;
    if (!acceptance.ok) {
      log.warn({ code: acceptance.code, text: acceptance.text }, "refused a desired document");
      onRefused(acceptance.code, acceptance.text);
      return null;
    }
    onAccepted();
    return acceptance.isChange ? acceptance.adopted : null;
  }

  #adopt(adopted: AdoptedDesired, saved: Promise<void>): void {
    const { log, onAdopted } = this.#options;
    this.#current = adopted;
    const { epoch, revision, containments, local } = adopted.document;
    const fields = { epoch, revision, containments: containments.length, isOwn: local !== undefined };
    log.info(fields, "adopted a desired document");
    onAdopted(adopted, saved);
  }

  /** @param base to be kept with a document of the box's own, and before it */
  #save(adopted: AdoptedDesired, base: AdoptedDesired | null = null): Promise<void> {
    const { path, onSaved, own } = this.#options;
    const write = async (): Promise<void> => {
      if (base !== null && own !== undefined) await saveDesired(own.basePath, base);
      await saveDesired(path, adopted);
    };
    this.#saving = this.#saving.then(() =>
      write().then(
        () => onSaved(null),
        (error: unknown) => onSaved(error),
      ),
    );
    return this.#saving;
  }
}
