/**
 * Holds the rows of a time line that were read so far: the newest first, without gaps. Fetches older ones when asked, and newer ones
 * when the site changed; renders nothing.
 */
import type { TimelineEntry, TimelinePage } from "../../../src/api/timeline-view.ts";
import type { TimelinePlace } from "../api/timeline-api.ts";
import { troubleOf, type Trouble } from "./trouble.ts";

export interface FeedPorts {
  readonly page: (place: TimelinePlace) => Promise<TimelinePage>;
  readonly onChange: () => void;
}

const pageSize = 200;
// What a glance at the newest reads: rows that come late stand among these, not before them.
const glanceSize = 50;
// Newer pages behind a link to an old row are read so many at a time.
const catchUpPages = 5;

export class TimelineFeed {
  readonly #ports: FeedPorts;
  #entries: readonly TimelineEntry[] = [];
  /** Of all rows that were read, those that wait included. */
  #ids = new Set<string>();
  /** Newer ones that are not shown yet: what is being read does not move. */
  #held: readonly TimelineEntry[] = [];
  #older: string | null = null;
  #newer: string | null = null;
  #hasNewer = false;
  #isRead = false;
  #isBusy = false;
  #wantsMore = false;
  #isClosed = false;
  #trouble: Trouble | null = null;

  constructor(ports: FeedPorts) {
    this.#ports = ports;
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  /** How many newer ones wait to be shown. */
  get held(): number {
    return this.#held.length;
  }

  /** Whether there are newer ones that were not read. */
  get hasNewer(): boolean {
    return this.#hasNewer;
  }

  get hasOlder(): boolean {
    return this.#older !== null;
  }

  /** False until the first answer. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Why the last page did not come; null where it did. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Reads the first page: the newest, or that of a row. */
  async start(row: string | null): Promise<void> {
    await this.#fetch(row === null ? { newest: pageSize } : { around: row }, (page) => {
      this.#entries = page.entries;
      this.#ids = new Set(page.entries.map(({ id }) => id));
      this.#older = page.older;
      this.#newer = page.newer;
      this.#hasNewer = page.hasNewer;
      this.#held = [];
      this.#isRead = true;
    });
  }

  /** Reads on where the older ones begin. */
  async more(): Promise<void> {
    if (this.#older === null) return;
    // Asked once where the list ends: what was under way then must not make it stay there.
    this.#wantsMore = this.#isBusy;
    if (this.#isBusy) return;
    await this.#fetch({ before: this.#older }, (page) => {
      this.#entries = [...this.#entries, ...this.#fresh(page.entries)];
      this.#older = page.older;
    });
  }

  /**
   * Looks for newer ones after a change.
   *
   * @param showsThem whether they may be put on top at once: nobody reads further down
   */
  async glance(showsThem: boolean): Promise<void> {
    if (!this.#isRead || this.#hasNewer) return;
    await this.#fetch({ newest: glanceSize }, ({ entries, newer, older }) => {
      const isKnown = entries.some(({ id }) => this.#ids.has(id));
      if (!isKnown && entries.length > 0 && this.#entries.length > 0) {
        // More than a glance holds: the rest is read when it is asked for.
        this.#hasNewer = true;
        return;
      }
      // Of an empty one the glance is the beginning.
      if (this.#entries.length === 0) this.#older = older;
      const fresh = this.#fresh(entries);
      if (fresh.length === 0) return;
      this.#newer = newer;
      this.#held = merged(fresh, this.#held);
      if (showsThem) this.#show();
    });
  }

  /** Shows what waits, and reads what is newer still. */
  async showNewer(): Promise<void> {
    this.#show();
    this.#ports.onChange();
    for (let pages = 0; this.#hasNewer && this.#newer !== null && pages < catchUpPages; pages += 1) {
      const isRead = await this.#fetch({ after: this.#newer }, (page) => {
        this.#entries = merged(this.#fresh(page.entries), this.#entries);
        this.#newer = page.newer;
        this.#hasNewer = page.hasNewer;
      });
      if (!isRead) return;
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #show(): void {
    if (this.#held.length === 0) return;
    this.#entries = merged(this.#held, this.#entries);
    this.#held = [];
  }

  /** Those that were not read yet; from now on they were. */
  #fresh(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
    const fresh = entries.filter(({ id }) => !this.#ids.has(id));
    for (const { id } of fresh) this.#ids.add(id);
    return fresh;
  }

  /** One question at a time; an answer that came too late, or a second question, changes nothing. */
  async #fetch(place: TimelinePlace, take: (page: TimelinePage) => void): Promise<boolean> {
    if (this.#isBusy || this.#isClosed) return false;
    this.#isBusy = true;
    try {
      const page = await this.#ports.page(place);
      if (this.#isClosed) return false;
      take(page);
      this.#trouble = null;
      return true;
    } catch (error) {
      this.#trouble = troubleOf(error);
      return false;
    } finally {
      this.#isBusy = false;
      if (!this.#isClosed) this.#ports.onChange();
      if (this.#wantsMore) void this.more();
    }
  }
}

/** The newest first, in the order of the controller. Some rows among many: few of the many are compared. */
function merged(some: readonly TimelineEntry[], many: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const inOrder = some.toSorted(byTime);
  const oldest = inOrder.at(-1);
  if (oldest === undefined) return many;
  const older = many.findIndex((entry) => byTime(oldest, entry) < 0);
  const end = older === -1 ? many.length : older;
  return [...[...inOrder, ...many.slice(0, end)].sort(byTime), ...many.slice(end)];
}

function byTime(a: TimelineEntry, b: TimelineEntry): number {
  return b.at - a.at || (a.id < b.id ? 1 : -1);
}
