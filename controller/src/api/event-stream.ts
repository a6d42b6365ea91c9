/** Server-sent events: which sites changed. Owns the connections; what changed is fetched by the client. */
import type { ServerResponse } from "node:http";
import type { Ambient } from "../ambient.ts";
import { errorText } from "../errors.ts";
import type { SiteChanges } from "./site-changes.ts";
import type { SiteChanged } from "./view.ts";

export interface EventLimits {
  /** Pages of one session that may watch. Default 8: a person with many tabs. */
  readonly perSession: number;
  /** All of them. Default 200. */
  readonly overall: number;
  /** How often a change of the same site is told at most. Default 400 ms: prompt after a click, calm under load. */
  readonly spacingMs: number;
  /** How often a comment keeps proxies from closing the stream, and the session is looked at. Default 15,000. */
  readonly heartbeatMs: number;
}

export const defaultEventLimits: EventLimits = { perSession: 8, overall: 200, spacingMs: 400, heartbeatMs: 15_000 };

/** Whether a site is told of. */
export type SitesSeen = (siteId: string) => boolean;

interface Stream {
  readonly sessionHash: string;
  readonly end: () => void;
}

export class EventStreams {
  readonly #ambient: Ambient;
  readonly #changes: SiteChanges;
  readonly #limits: EventLimits;
  readonly #streams = new Set<Stream>();

  constructor(ambient: Ambient, changes: SiteChanges, limits: EventLimits = defaultEventLimits) {
    this.#ambient = ambient;
    this.#changes = changes;
    this.#limits = limits;
  }

  /** Whether a session may open one more. */
  hasRoom(sessionHash: string): boolean {
    const own = [...this.#streams].filter((stream) => stream.sessionHash === sessionHash).length;
    return own < this.#limits.perSession && this.#streams.size < this.#limits.overall;
  }

  /**
   * Writes events to a response whose head was sent, until either side ends it.
   *
   * @param sites asked now and at each heartbeat: which sites are told of; null where the session stands no longer
   */
  async open(response: ServerResponse, sessionHash: string, sites: () => Promise<SitesSeen | null>): Promise<void> {
    const { clock, log } = this.#ambient;
    // The only buffer: names of sites, each at most once. A client that reads slowly misses no site
    // and cannot make us keep more than that.
    const pending = new Set<string>();
    let seen = await sites();
    let isBlocked = false;
    let isSpacing = false;
    let cancelSpacing = (): void => undefined;
    let cancelHeartbeat = (): void => undefined;
    const write = (text: string) => {
      isBlocked = !response.write(text);
    };
    const flush = () => {
      if (isBlocked || isSpacing || pending.size === 0) return;
      const at = clock.now();
      const events = [...pending].map((siteId): SiteChanged => ({ siteId, at }));
      pending.clear();
      isSpacing = true;
      cancelSpacing = clock.after(this.#limits.spacingMs, () => {
        isSpacing = false;
        flush();
      });
      write(events.map((event) => `event: site-changed\ndata: ${JSON.stringify(event)}\n\n`).join(""));
    };
    const stopListening = this.#changes.listen((siteId) => {
      if (seen?.(siteId) !== true) return;
      pending.add(siteId);
      flush();
    });
    const stream: Stream = {
      sessionHash,
      end: () => {
        if (!this.#streams.delete(stream)) return;
        stopListening();
        cancelSpacing();
        cancelHeartbeat();
        response.end();
      },
    };
    const beat = () => {
      cancelHeartbeat = clock.after(this.#limits.heartbeatMs, () => {
        sites().then(
          (current) => {
            if (!this.#streams.has(stream)) return;
            seen = current;
            if (current === null) return stream.end();
            if (!isBlocked) write(": still here\n\n");
            beat();
          },
          (error: unknown) => {
            log.warn("cannot check a session", { error: errorText(error) });
            stream.end();
          },
        );
      });
    };
    response.on("drain", () => {
      isBlocked = false;
      flush();
    });
    response.on("close", stream.end);
    response.on("error", stream.end);
    this.#streams.add(stream);
    if (seen === null || response.destroyed) return stream.end();
    write("retry: 2000\n\n");
    beat();
  }

  /** Ends every stream of a session. */
  endSession(sessionHash: string): void {
    for (const stream of [...this.#streams]) if (stream.sessionHash === sessionHash) stream.end();
  }

  /** Ends them all. */
  close(): void {
    for (const stream of [...this.#streams]) stream.end();
  }
}
