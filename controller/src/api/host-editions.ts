/**
 * Tells which machines of a large site look otherwise than when somebody last asked: of thousands few do, and to send, read and show
 * them all each second is most of the work of a page that stays open.
 */
import type { HostView } from "./view.ts";

interface Told {
  /** Of the snapshot, the same array while that is the same. */
  readonly evidence: HostView["evidence"];
  /** What else is shown of it, as text; empty for most. */
  readonly more: string;
  /** In which edition it last changed. */
  readonly edition: number;
}

interface Site {
  readonly name: string;
  edition: number;
  told: ReadonlyMap<string, Told>;
  /** Machines that are gone, by the edition that told it. */
  readonly gone: Map<string, number>;
}

interface HostChanges {
  /** What the next question names, to be told what changed from here on. */
  readonly edition: string;
  /** Machines that look otherwise; null where all are to be told. */
  readonly changed: ReadonlySet<string> | null;
  readonly gone: readonly string[];
}

// Sites that somebody looks at.
const sitesAtMost = 20;

export class HostEditions {
  readonly #newName: () => string;
  readonly #sites = new Map<string, Site>();

  /** @param newName gives names that were never given, without a dot: editions of another run are none of this one */
  constructor(newName: () => string) {
    this.#newName = newName;
  }

  /**
   * @param hosts all of the site, as they look now
   * @param since the edition that the asking page shows; absent: none
   */
  changes(siteId: string, hosts: readonly HostView[], since: string | undefined): HostChanges {
    const site = this.#siteOf(siteId);
    const told = new Map<string, Told>();
    const next = site.edition + 1;
    let isOther = false;
    for (const view of hosts) {
      const before = site.told.get(view.host);
      const more = moreOf(view);
      const isSame = before?.evidence === view.evidence && before.more === more;
      told.set(view.host, isSame ? before : { evidence: view.evidence, more, edition: next });
      isOther ||= !isSame;
      site.gone.delete(view.host);
    }
    for (const host of site.told.keys()) {
      if (told.has(host)) continue;
      site.gone.set(host, next);
      isOther = true;
    }
    if (isOther) site.edition = next;
    site.told = told;
    const edition = `${site.name}.${site.edition}`;
    const [name, number] = (since ?? "").split(".");
    const shown = Number(number);
    if (name !== site.name || !Number.isInteger(shown)) return { edition, changed: null, gone: [] };
    return {
      edition,
      changed: new Set([...told].filter(([, each]) => each.edition > shown).map(([host]) => host)),
      gone: [...site.gone].filter(([, at]) => at > shown).map(([host]) => host),
    };
  }

  #siteOf(siteId: string): Site {
    const site = this.#sites.get(siteId) ?? { name: this.#newName(), edition: 0, told: new Map(), gone: new Map() };
    this.#sites.delete(siteId);
    this.#sites.set(siteId, site);
    const [oldest] = this.#sites.keys();
    if (this.#sites.size > sitesAtMost && oldest !== undefined) this.#sites.delete(oldest);
    return site;
  }
}

function moreOf({ containments, cutWith, pardon, duty, particulars }: HostView): string {
  const isPlain =
    containments.length === 0 && cutWith === null && pardon === null && duty === null && particulars === null;
  return isPlain ? "" : JSON.stringify([containments, cutWith, pardon, duty, particulars]);
}
