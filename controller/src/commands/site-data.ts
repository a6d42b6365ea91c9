import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { operator } from "../account/people.ts";
import { writeAudit } from "../account/audit.ts";
import { systemAmbient, type Log } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { exportSite, removeSite } from "../fleet/site-rows.ts";
import { UploadShelf } from "../ingest/upload-shelf.ts";
import { openStore } from "../store/open-store.ts";
import { lockForServing } from "../store/serve-lock.ts";

interface SiteWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly siteId: string;
}

/** Writes all that is known of a site into one file, gzip, an object of JSON a line; also while it is served. */
export async function writeSiteExport(
  wish: SiteWish & { readonly output: string },
  log: Log,
  print: (line: string) => void,
): Promise<void> {
  const ambient = systemAmbient(log);
  const store = await openStore(wish.data, { url: wish.store });
  let count = 0;
  async function* linesOf(): AsyncGenerator<string> {
    for await (const line of exportSite(store, wish.siteId, ambient.clock.now())) {
      count += 1;
      yield `${JSON.stringify(line)}\n`;
    }
  }
  try {
    const file = createWriteStream(wish.output, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(Readable.from(linesOf()), createGzip(), file).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") await rm(wish.output, { force: true });
      if (error instanceof ControllerError) throw error;
      throw new ControllerError("file-unavailable", `cannot write ${wish.output}: ${errorText(error)}`, {
        cause: error,
      });
    });
    await writeAudit(store, ambient, { author: operator, action: "site-exported", siteId: wish.siteId, detail: "" });
  } finally {
    await store.destroy();
  }
  print(
    `${wish.output} holds ${count - 1} rows of site ${wish.siteId}, machines and times among them: keep it like a key`,
  );
}

/** Deletes what is known of a site whose boxes are withdrawn. The controller must not run meanwhile: it has sites in memory. */
export async function forgetSite(
  wish: SiteWish & { readonly reason: string },
  log: Log,
  print: (line: string) => void,
): Promise<void> {
  const unlock = lockForServing(wish.data);
  try {
    const store = await openStore(wish.data, { url: wish.store });
    try {
      const { siteId, reason } = wish;
      const count = await store.transaction().execute(async (rows) => {
        const removed = await removeSite(rows, siteId);
        const line = {
          author: operator,
          action: "site-removed",
          subject: siteId,
          detail: JSON.stringify({ reason, rows: removed }),
        };
        await writeAudit(rows, systemAmbient(log), line);
        return removed;
      });
      // What was fetched for its look-ups: their questions are gone.
      const asks = await store.selectFrom("asks").select("id").execute();
      await new UploadShelf(join(wish.data, "answers")).keepOnly(new Set(asks.map(({ id }) => id)));
      print(
        `${count} rows of site ${siteId} are gone; the audit log still says who did what, and backups hold what they held`,
      );
    } finally {
      await store.destroy();
    }
  } finally {
    unlock();
  }
}
