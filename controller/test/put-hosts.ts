import type { HostSnapshot } from "@cordon/contract";
import { toldOf } from "../src/ingest/told.ts";
import { wordsOfHost } from "../src/store/host-words.ts";
import type { Rows } from "../src/store/schema.ts";

/** Writes machines of a site into the store as if its box had told them, which for thousands would take minutes. */
export async function putHosts(rows: Rows, siteId: string, hosts: readonly HostSnapshot[], now: number): Promise<void> {
  for (const [index, host] of hosts.entries()) {
    await rows
      .insertInto("hosts")
      .values({
        ...{
          site_id: siteId,
          host: host.host,
          verdict: host.verdict,
          score: host.score,
          last_seen_at: host.lastSeenAt,
        },
        ...{ snapshot: JSON.stringify(host), told: JSON.stringify(toldOf(host, null)), words: wordsOfHost(host) },
        ...{ boot_id: "seed", sequence: index + 1, updated_at: now },
      })
      .execute();
  }
}
