import type { HostSnapshot } from "@cordon/contract";
import type { Rows } from "../store/schema.ts";

interface Known {
  /** Of which notice it is. */
  readonly mark: string;
  readonly snapshot: HostSnapshot;
}

// SQLite binds at most 32,766 values.
const readAtOnce = 500;
// Some 100 MB at most, of large offices alone; of two thousand small sites all are known.
const defaultMachines = 50_000;

/**
 * Snapshots of machines as they were parsed. The pages of a site are asked for again and again, by everybody who looks, and few of
 * its machines say anything in between. An unchanged machine's snapshot is the same object each time.
 */
export class SnapshotBook {
  readonly #atMost: number;
  /** By site, the one that was asked for longest ago first. */
  readonly #sites = new Map<string, ReadonlyMap<string, Known>>();

  /** @param atMost machines of all sites; beyond it the sites that nobody asked for are forgotten */
  constructor(atMost = defaultMachines) {
    this.#atMost = atMost;
  }

  /** All of a site, in the order of their keys. */
  async of(rows: Rows, siteId: string): Promise<readonly HostSnapshot[]> {
    const known = this.#sites.get(siteId);
    const ofSite = rows.selectFrom("hosts").where("site_id", "=", siteId);
    const marked = await ofSite.select(["host", "boot_id", "sequence", "updated_at"]).orderBy("host").execute();
    const marks = new Map(marked.map((row) => [row.host, `${row.boot_id} ${row.sequence} ${row.updated_at}`]));
    const missing = [...marks.keys()].filter((host) => known?.get(host)?.mark !== marks.get(host));
    const read = new Map<string, HostSnapshot>();
    for (let from = 0; from < missing.length; from += readAtOnce) {
      const some = missing.slice(from, from + readAtOnce);
      const found = await ofSite.select(["host", "snapshot"]).where("host", "in", some).execute();
      for (const { host, snapshot } of found) read.set(host, JSON.parse(snapshot) as HostSnapshot);
    }
    const now = new Map<string, Known>();
    for (const [host, mark] of marks) {
      const fresh = read.get(host);
      const kept = fresh === undefined ? known?.get(host) : { mark, snapshot: fresh };
      if (kept !== undefined) now.set(host, kept);
    }
    this.#keep(siteId, now);
    return [...now.values()].map(({ snapshot }) => snapshot);
  }

  #keep(siteId: string, known: ReadonlyMap<string, Known>): void {
    this.#sites.delete(siteId);
    this.#sites.set(siteId, known);
    let machines = [...this.#sites.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [id, { size }] of this.#sites) {
      if (machines <= this.#atMost || id === siteId) return;
      this.#sites.delete(id);
      machines -= size;
    }
  }
}
