/**
 * The stream of changes. Owns the connection and its retries; what a change means is the
 * listener's business.
 */
import type { SiteChanged } from "../../../src/api/view.ts";

interface LiveListener {
  /** The stream stands (again): whatever was shown may be old. */
  readonly onOpen: () => void;
  readonly onLost: () => void;
  readonly onChange: (change: SiteChanged) => void;
}

export interface LivePorts {
  readonly connect: (url: string) => EventSource;
  /** Uniform in [0, 1): spreads the retries of many screens. */
  readonly random: () => number;
}

/** Milliseconds before retry number `attempt` (from 0): doubles from half a second up to eight. */
export function retryDelayMs(attempt: number, random: () => number): number {
  return Math.min(8000, 500 * 2 ** attempt) * (0.75 + random() / 2);
}

export class Live {
  readonly #ports: LivePorts;
  readonly #listener: LiveListener;
  #source: EventSource | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;

  constructor(ports: LivePorts, listener: LiveListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  start(): void {
    if (this.#source !== null) return;
    const source = this.#ports.connect("/api/v1/events");
    this.#source = source;
    source.addEventListener("open", () => {
      this.#attempt = 0;
      this.#listener.onOpen();
    });
    source.addEventListener("site-changed", (event) => {
      const change = siteChanged((event as MessageEvent<string>).data);
      if (change !== null) this.#listener.onChange(change);
    });
    // The browser's own retry ends for good at an HTTP error, so each retry here is a new source.
    source.addEventListener("error", () => {
      this.close();
      this.#listener.onLost();
      this.#retry = setTimeout(() => this.start(), retryDelayMs(this.#attempt++, this.#ports.random));
    });
  }

  close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#source?.close();
    this.#source = null;
  }
}

function siteChanged(text: string): SiteChanged | null {
  try {
    const value = JSON.parse(text) as Partial<SiteChanged>;
    return typeof value.siteId === "string" && typeof value.at === "number"
      ? { siteId: value.siteId, at: value.at }
      : null;
  } catch {
    return null;
  }
}
