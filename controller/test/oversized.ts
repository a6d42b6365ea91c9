import type { KeyedProfile } from "@cordon/contract";
import { openStore } from "./store.ts";

/** Has the records wish for more of a box than a document carries: by what a box tells that it holds it can come to just below that. */
export async function oversize(dataDir: string, { sensor, site }: KeyedProfile): Promise<void> {
  const store = await openStore(dataDir);
  try {
    for (let at = 0; at < 2_500; at += 500) {
      const rows = Array.from({ length: 500 }, (_, index) => ({
        ...{ id: `c-${at + index}`, site_id: site.id, sensor_id: sensor, kind: "quarantine" as const, vector: null },
        ...{ host: "02:00:5e:00:00:07", reason: "y".repeat(450), author: "operator" },
        ...{ asked_at: 1_800_000_000_000, expires_at: null },
      }));
      await store.insertInto("containments").values(rows).execute();
    }
  } finally {
    await store.destroy();
  }
}
