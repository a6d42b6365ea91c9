import type { Hello, SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import { SensorError } from "../errors.ts";
import { acceptDesired, signersFrom, type AdoptedDesired, type DesiredRefusal, type Signer } from "./desired.ts";
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
  readonly onRefused: (code: DesiredRefusal, text: string) => void;
  /** A document was accepted, be it the same as before. */
  readonly onAccepted: () => void;
  /** The outcome of writing; null where it went well. */
  readonly onSaved: (error: unknown) => void;
}

/** Holds the document in effect: what comes in is checked against it, adopted, and written down. */
export class DesiredKeeper {
  readonly #options: DesiredKeeperOptions;
  readonly #signers: readonly Signer[];
  #current: AdoptedDesired | null = null;
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

  /** What the controller is told of it before anybody has seen what came of it. */
  get holds(): Pick<Hello, "holds"> {
    if (this.#current === null) return {};
    const { epoch, revision, issuedAt } = this.#current.document;
    return { holds: { epoch, revision, issuedAt } };
  }

  /** Takes up the stored document, if there is one and it is still signed by a pinned key. */
  async load(): Promise<void> {
    const { path, profile, onAdopted, onSaved, log } = this.#options;
    const { adopted, trouble } = await loadDesired(path, {
      sensorId: profile.sensor,
      siteId: profile.site.id,
      signers: this.#signers,
    });
    if (trouble !== null) {
      log.error({ path }, trouble);
      onSaved(new SensorError("desired-damaged", trouble));
    }
    if (adopted === null) return;
    this.#current = adopted;
    onAdopted(adopted, Promise.resolve());
  }

  /** Takes a payload of the channel `desired`. */
  take(payload: Uint8Array): void {
    const { profile, now, log, onAdopted, onRefused, onAccepted } = this.#options;
    const acceptance = acceptDesired(payload, {
      sensorId: profile.sensor,
      siteId: profile.site.id,
      signers: this.#signers,
      current: this.#current,
      now: now(),
    });
    if (!acceptance.ok) {
      log.warn({ code: acceptance.code, text: acceptance.text }, "refused a desired document");
      onRefused(acceptance.code, acceptance.text);
      return;
    }
    onAccepted();
    if (!acceptance.isChange) return;
    const { adopted } = acceptance;
    this.#current = adopted;
    const { epoch, revision, containments } = adopted.document;
    log.info({ epoch, revision, containments: containments.length }, "adopted a desired document");
    onAdopted(adopted, this.#save(adopted));
  }

  #save(adopted: AdoptedDesired): Promise<void> {
    const { path, onSaved } = this.#options;
    this.#saving = this.#saving.then(() =>
      saveDesired(path, adopted).then(
        () => onSaved(null),
        (error: unknown) => onSaved(error),
      ),
    );
    return this.#saving;
  }
}
