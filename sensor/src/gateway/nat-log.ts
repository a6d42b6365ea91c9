import { maxTranslations, type Translation } from "@cordon/contract";
import type { TrackerMessage } from "./tracker-protocol.ts";

/** What is kept from one life of the judge to the next. */
export interface NatLogMemory {
  /** Our table's count as last told, and how many beginnings were told of, or said to be lost, by then. */
  readonly translated: number;
  readonly accounted: number;
}

export interface NatLogOptions {
  /** The MAC of the machine that has an address of the site now; null where nobody is known by it. */
  readonly macOf: (address: string) => string | null;
  /** Null where nothing is remembered. */
  readonly memory: NatLogMemory | null;
}

// A connection that is never told to have ended costs its place here and no more.
const maxOpen = 65_536;
// While nobody takes them; some 300 bytes each.
const maxPending = 20_000;
// A connection that was counted is told of within so many counts, or not at all.
const patience = 5;

/**
 * Who was behind which outside address and port, from what the tracker tells. Our table counts each translated
 * connection, and of each there is a beginning to be told: what is missing was lost. Never too much is called lost, and
 * once no new connection has come for a few counts, all that was.
 */
export class NatLog {
  readonly #options: NatLogOptions;
  readonly #idByKernelId = new Map<number, string>();
  #pending: Translation[] = [];
  #lost = 0;
  #translated: number;
  #accounted: number;
  #counts: number[] = [];

  constructor(options: NatLogOptions) {
    this.#options = options;
    this.#translated = options.memory?.translated ?? 0;
    this.#accounted = options.memory?.accounted ?? 0;
  }

  get memory(): NatLogMemory {
    return { translated: this.#translated, accounted: this.#accounted };
  }

  observe(message: TrackerMessage): void {
    switch (message.kind) {
      case "connection":
        return this.#connection(message);
      case "count":
        return this.#counted(message.translated);
      case "dropped":
        this.#lose(message.begun);
    }
  }

  /** What there is to tell, so much as one notice carries; null where there is nothing. */
  take(): { readonly translations: Translation[]; readonly lost: number } | null {
    if (this.#pending.length === 0 && this.#lost === 0) return null;
    const taken = { translations: this.#pending.splice(0, maxTranslations), lost: this.#lost };
    this.#lost = 0;
    return taken;
  }

  #connection(event: TrackerMessage & { readonly kind: "connection" }): void {
    const { change, at, protocol, kernelId, insideAddress, insidePort, outsideAddress, outsidePort } = event;
    const { remoteAddress, remotePort } = event;
    const isBeginning = change === "begun";
    if (isBeginning) this.#accounted += 1;
    const id = (isBeginning ? undefined : this.#idByKernelId.get(kernelId)) ?? idOf(kernelId, at);
    this.#idByKernelId.delete(kernelId);
    if (isBeginning) this.#idByKernelId.set(kernelId, id);
    for (const oldest of this.#idByKernelId.keys()) {
      if (this.#idByKernelId.size <= maxOpen) break;
      this.#idByKernelId.delete(oldest);
    }
    const host = this.#options.macOf(insideAddress);
    const inside = { host, insideAddress, insidePort };
    const beyond = { outsideAddress, outsidePort, remoteAddress, remotePort };
    this.#pending.push({ id, change, at, protocol, ...inside, ...beyond });
    const excess = this.#pending.length - maxPending;
    if (excess <= 0) return;
    // They were accounted for when they came.
    this.#lost += this.#pending.splice(0, excess).filter(({ change }) => change === "begun").length;
  }

  #counted(translated: number): void {
    // A table that was made anew counts from nothing.
    if (translated < this.#translated) {
      this.#accounted = 0;
      this.#counts = [];
    }
    this.#translated = translated;
    this.#counts.push(translated);
    if (this.#counts.length <= patience) return;
    const missing = (this.#counts.shift() ?? 0) - this.#accounted;
    if (missing > 0) this.#lose(missing);
  }

  #lose(count: number): void {
    this.#lost += count;
    this.#accounted += count;
  }
}

function idOf(kernelId: number, at: number): string {
  return `${kernelId.toString(36)}-${Math.round(at).toString(36)}`;
}
