/**
 * Server-sent events: which sites changed. Owns the connections; what changed is fetched by the client.
 *
 * An event's id is `<run>.<sight>.<number>`: of this run of the controller, of what the watcher sees, of the change. The number is
 * enciphered: it counts the changes of all sites, and how much goes on at others' is nobody's business. A stream that is opened with the id of the last event that came goes on behind it. Where it cannot, or where there is no id, it begins with `reset`:
 * whatever was fetched before may be old.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Ambient } from "../ambient.ts";
import { errorText } from "../errors.ts";
import type { NumberedChange, SiteChanges } from "./site-changes.ts";
import type { SiteChanged } from "./view.ts";

export interface EventLimits {
  /** Pages of one session that may watch. Default 8: a person with many tabs. */
  readonly perSession: number;
  /** Of one person, by whatever sessions. Default 40: a guest's link that a whole office has, and room for everybody else. */
  readonly perOwner: number;
  /** All of them. Default 200. */
  readonly overall: number;
  /** How often a change of the same site is told at most. Default 400 ms: prompt after a click, calm under load. */
  readonly spacingMs: number;
  /** How often a comment keeps proxies from closing the stream, and the session is looked at. Default 15,000. */
  readonly heartbeatMs: number;
}

export const defaultEventLimits: EventLimits = {
  perSession: 8,
  perOwner: 40,
  overall: 200,
  spacingMs: 400,
  heartbeatMs: 15_000,
};

/** Which sites somebody is told of. */
export interface Sight {
  /** The same where the same is seen; of letters and digits. */
  readonly name: string;
  readonly sees: (siteId: string) => boolean;
}

export interface Watcher {
  readonly sessionHash: string;
  /** Whose session it is. */
  readonly owner: string;
  /** The id of the last event that came; null where none did. */
  readonly lastEventId: string | null;
  /** Asked when the stream opens and at each heartbeat; null where the session stands no longer. */
  readonly sight: () => Promise<Sight | null>;
}

interface Stream {
  readonly sessionHash: string;
  readonly owner: string;
  /** Ends it where its session stands no longer, or sees other sites than before. */
  readonly endIfOutdated: () => Promise<void>;
  readonly end: () => void;
}

export class EventStreams {
  readonly #ambient: Ambient;
  readonly #changes: SiteChanges;
  readonly #walks: SiteChanges;
  readonly #limits: EventLimits;
  readonly #streams = new Set<Stream>();
  readonly #run: string;
  readonly #key: Buffer;

  /** @param walks which sites have something new of a walk: somebody waits for that with a cable in his hand, and it is told at once */
  constructor(ambient: Ambient, changes: SiteChanges, walks: SiteChanges, limits: EventLimits = defaultEventLimits) {
    this.#ambient = ambient;
    this.#changes = changes;
    this.#walks = walks;
    this.#limits = limits;
    this.#run = ambient.random(8).toString("hex");
    this.#key = ambient.random(16);
  }

  /** Whether a session may open one more. */
  hasRoom({ sessionHash, owner }: Pick<Watcher, "sessionHash" | "owner">): boolean {
    const { perSession, perOwner, overall } = this.#limits;
    const theirs = [...this.#streams].filter((stream) => stream.owner === owner);
    const own = theirs.filter((stream) => stream.sessionHash === sessionHash);
    return own.length < perSession && theirs.length < perOwner && this.#streams.size < overall;
  }

  /** Writes events to a response whose head was sent, until either side ends it. */
  async open(response: ServerResponse, { sessionHash, owner, lastEventId, sight }: Watcher): Promise<void> {
    const { clock, log } = this.#ambient;
    // The only buffer: each site at most once, in the order of their last changes. A client that reads slowly misses no
    // site and cannot make us keep more than that.
    const pending = new Map<string, number>();
    // Of these nothing is made up for: whoever opens the stream fetches what it shows.
    const walking = new Set<string>();
    let isBlocked = false;
    let isSpacing = false;
    let cancelSpacing = (): void => undefined;
    let cancelHeartbeat = (): void => undefined;
    let stopListening = (): void => undefined;
    let stopListeningToWalks = (): void => undefined;
    let seen: Sight | null = null;
    const checked = () =>
      sight().catch((error: unknown) => {
        log.warn("cannot check a session", { error: errorText(error) });
        return null;
      });
    const stream: Stream = {
      ...{ sessionHash, owner },
      endIfOutdated: async () => {
        const current = await checked();
        if (current === null || current.name !== seen?.name) stream.end();
      },
      end: () => {
        if (!this.#streams.delete(stream)) return;
        stopListening();
        stopListeningToWalks();
        cancelSpacing();
        cancelHeartbeat();
        response.end();
      },
    };
    // Before anything is waited for: many that come at once would else find room for each.
    this.#streams.add(stream);
    response.on("close", stream.end);
    response.on("error", stream.end);
    seen = await checked();
    if (seen === null || response.destroyed) return stream.end();
    if (!this.#streams.has(stream)) return;
    const write = (text: string) => {
      isBlocked = !response.write(text);
    };
    const idOf = (number: number) => `${this.#run}.${seen?.name ?? ""}.${this.#enciphered(number)}`;
    const flushWalks = () => {
      if (isBlocked || walking.size === 0) return;
      const at = clock.now();
      const events = [...walking].map((siteId) => `event: walk-changed\ndata: ${dataOf({ siteId, at })}\n\n`);
      walking.clear();
      write(events.join(""));
    };
    const flush = () => {
      flushWalks();
      if (isBlocked || isSpacing || pending.size === 0) return;
      const at = clock.now();
      const events = [...pending].map(
        ([siteId, number]) => `id: ${idOf(number)}\nevent: site-changed\ndata: ${dataOf({ siteId, at })}\n\n`,
      );
      pending.clear();
      isSpacing = true;
      cancelSpacing = clock.after(this.#limits.spacingMs, () => {
        isSpacing = false;
        flush();
      });
      write(events.join(""));
    };
    const note = ({ siteId, number }: NumberedChange) => {
      if (seen?.sees(siteId) !== true) return;
      pending.delete(siteId);
      pending.set(siteId, number);
    };
    const reset = () => {
      pending.clear();
      write(`id: ${idOf(this.#changes.number)}\nevent: reset\ndata: {}\n\n`);
    };
    stopListening = this.#changes.listen((change) => {
      note(change);
      flush();
    });
    stopListeningToWalks = this.#walks.listen(({ siteId }) => {
      if (seen?.sees(siteId) !== true) return;
      walking.add(siteId);
      flushWalks();
    });
    const beat = () => {
      cancelHeartbeat = clock.after(this.#limits.heartbeatMs, () => {
        void checked().then((current) => {
          if (!this.#streams.has(stream)) return;
          const isOther = current?.name !== seen?.name;
          seen = current;
          if (current === null) return stream.end();
          if (isOther) reset();
          else if (!isBlocked) write(": still here\n\n");
          beat();
        });
      });
    };
    response.on("drain", () => {
      isBlocked = false;
      flush();
    });
    write("retry: 2000\n\n");
    const missed = this.#missed(lastEventId, seen);
    if (missed === null) reset();
    else for (const change of missed) note(change);
    flush();
    beat();
  }

  /** What came after an event, of this run and this sight; null where that is not known. */
  #missed(lastEventId: string | null, { name }: Sight): readonly NumberedChange[] | null {
    const [, run, sight, number] = /^(\w+)\.(\w+)\.([0-9a-f]{32})$/.exec(lastEventId ?? "") ?? [];
    if (run !== this.#run || sight !== name || number === undefined) return null;
    const decipher = createDecipheriv("aes-128-ecb", this.#key, null).setAutoPadding(false);
    const block = Buffer.concat([decipher.update(number, "hex"), decipher.final()]);
    // Whatever was made up is far beyond.
    return this.#changes.since(Number(block.readBigUInt64BE(0)) * 2 ** 64 + Number(block.readBigUInt64BE(8)));
  }

  /** A number as one block: a permutation of them all, the same each time (the cipher alone is meant, so there is no chaining). */
  #enciphered(number: number): string {
    const block = Buffer.alloc(16);
    block.writeBigUInt64BE(BigInt(number), 8);
    const cipher = createCipheriv("aes-128-ecb", this.#key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(block), cipher.final()]).toString("hex");
  }

  /** Ends every stream of a session. */
  endSession(sessionHash: string): void {
    for (const stream of [...this.#streams]) if (stream.sessionHash === sessionHash) stream.end();
  }

  /** Ends every stream of a person or a token: what they may watch still is opened anew. */
  endOwner(owner: string): void {
    for (const stream of [...this.#streams]) if (stream.owner === owner) stream.end();
  }

  /** Ends every stream that is let see other sites than when it was opened. */
  async endOutdated(): Promise<void> {
    await Promise.all([...this.#streams].map((stream) => stream.endIfOutdated()));
  }

  /** Ends them all. */
  close(): void {
    for (const stream of [...this.#streams]) stream.end();
  }
}

function dataOf(change: SiteChanged): string {
  return JSON.stringify(change);
}
