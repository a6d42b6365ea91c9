import { existsSync, renameSync, rmSync } from "node:fs";
import type { Ambient } from "../ambient.ts";
import { readableOf, type FailedRestore, type RestoreOrder } from "../backup/restore-desk.ts";
import { restoreBackup, type Restored } from "../backup/restore.ts";
import { errorText } from "../errors.ts";
import { lockForServing } from "../store/serve-lock.ts";

/**
 * Puts back what the page brought in place of what was served until now, and starts on it. Where either fails, what was there is
 * served again as it was.
 *
 * @param start starts a controller on the data directory
 */
export async function restoreAndStart<T>(
  dataDir: string,
  { file, passphrase, author }: RestoreOrder,
  ambient: Ambient,
  start: (failed: FailedRestore | null) => Promise<T>,
): Promise<T> {
  let restored: Restored | null = null;
  try {
    const unlock = lockForServing(dataDir);
    try {
      const wish = { dataDir, storeUrl: undefined, author, ambient };
      restored = await restoreBackup(() => readableOf(file), passphrase, wish);
    } finally {
      unlock();
    }
    const { rows, before } = restored;
    ambient.log.warn("restored a backup that the page brought", { author, rows, before });
    return await start(null);
  } catch (error) {
    const text = errorText(error);
    ambient.log.error("cannot restore the backup that the page brought", { author, error: text });
    if (restored !== null && restored.before !== null) putAside(dataDir, restored.before, ambient);
    return start({ at: ambient.clock.now(), text });
  } finally {
    rmSync(file, { force: true });
  }
}

/** What was put back and cannot be served gives way to what was there before. */
function putAside(dataDir: string, before: string, { clock }: Ambient): void {
  const at = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-");
  if (existsSync(dataDir)) renameSync(dataDir, `${dataDir}.failed-${at}`);
  renameSync(before, dataDir);
}
