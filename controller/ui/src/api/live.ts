/**
 * The stream of changes. Owns the connection and its retries; what a change means is the
 * listener's business.
 */
import type { SiteChanged } from "../../../src/api/view.ts";

interface LiveListener {
  /** The stream stands (again). */
  readonly onOpen: () => void;
  /** Whatever was fetched before may be old: the stream begins, or could not go on where it ended. */
  readonly onReset: () => void;
  readonly onLost: () => void;
  readonly onChange: (change: SiteChanged) => void;
  /** There is something new of a site's walk. */
  readonly onWalk: (change: SiteChanged) => void;
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
  /** The id of the last event that came: a new stream goes on behind it. */
  #lastEventId = "";

  constructor(ports: LivePorts, listener: LiveListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  start(): void {
    if (this.#source !== null) return;
    const behind = this.#lastEventId === "" ? "" : `?lastEventId=${encodeURIComponent(this.#lastEventId)}`;
    const source = this.#ports.connect(`/api/v1/events${behind}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#attempt = 0;
      this.#listener.onOpen();
    });
    source.addEventListener("reset", (event) => {
      this.#lastEventId = (event as MessageEvent<string>).lastEventId;
      this.#listener.onReset();
    });
    source.addEventListener("site-changed", (event) => {
      const { data, lastEventId } = event as MessageEvent<string>;
      this.#lastEventId = lastEventId;
      const change = siteChanged(data);
      if (change !== null) this.#listener.onChange(change);
    });
    // It has no id: whoever begins to listen fetches it anyway.
    source.addEventListener("walk-changed", (event) => {
      const change = siteChanged((event as MessageEvent<string>).data);
      if (change !== null) this.#listener.onWalk(change);
    });
    // The browser's own retry ends for good at an HTTP error, so each retry here is a new source.
    source.addEventListener("error", () => {
      this.#end();
      this.#listener.onLost();
      this.#retry = setTimeout(() => this.start(), retryDelayMs(this.#attempt++, this.#ports.random));
    });
  }

  /** Ends it for good: what is opened afterwards begins anew. */
  close(): void {
    this.#lastEventId = "";
    this.#end();
  }

  #end(): void {
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
