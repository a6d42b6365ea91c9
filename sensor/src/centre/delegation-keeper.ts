import type { Delegation } from "@cordon/contract";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";
import { acceptDelegation, type DelegationContext, type DelegationRefusal, type HeldDelegation } from "./delegation.ts";

export interface DelegationKeeperOptions extends Omit<DelegationContext, "current"> {
  readonly path: string;
  readonly onRefused: (code: DelegationRefusal, text: string) => void;
  /** Another one counts. */
  readonly onChange: () => void;
  /** The outcome of writing; null where it went well. */
  readonly onSaved: (error: unknown) => void;
}

/** Holds what the box may do by itself, across restarts. */
export class DelegationKeeper {
  readonly #options: DelegationKeeperOptions;
  #held: HeldDelegation | null = null;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: DelegationKeeperOptions) {
    this.#options = options;
  }

  /** The newest that was heard; null where there never was one. */
  get current(): Delegation | null {
    return this.#held?.delegation ?? null;
  }

  async load(): Promise<void> {
    const { path } = this.#options;
    const text = await readFileIfPresent(path);
    if (text === null) return;
    const ruling = acceptDelegation(text, { ...this.#options, current: null });
    if (ruling.ok) this.#held = ruling.held;
    else await setAside(path);
  }

  /** Takes a payload of the channel `delegation`. */
  take(payload: Uint8Array): void {
    const { path, onRefused, onChange, onSaved } = this.#options;
    const ruling = acceptDelegation(payload, { ...this.#options, current: this.#held });
    if (!ruling.ok) {
      onRefused(ruling.code, ruling.text);
      return;
    }
    const { held } = ruling;
    if (held.signed.delegation === this.#held?.signed.delegation) return;
    this.#held = held;
    onChange();
    this.#saving = this.#saving.then(() =>
      writeFileAtomic(path, JSON.stringify(held.signed)).then(
        () => onSaved(null),
        (error: unknown) => onSaved(error),
      ),
    );
  }
}
