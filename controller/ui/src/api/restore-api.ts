import type { RestoreContent, RestoreStanding } from "../../../src/api/restore-view.ts";

/** The calls that put a backup back. */
export interface RestoreApi {
  readonly standing: () => Promise<RestoreStanding>;
  /** Brings a file by parts; gives what it is called from then on. */
  readonly bring: (file: Blob, partBytes: number, onShare: (share: number) => void) => Promise<string>;
  readonly check: (id: string, passphrase: string) => Promise<RestoreContent>;
  /** The controller ends once it has answered. */
  readonly begin: (id: string, passphrase: string) => Promise<void>;
}

// It is read to its end, however long that is.
const readingMs = 15 * 60_000;

export function createRestoreApi(
  call: (method: string, path: string, body?: unknown, patienceMs?: number) => Promise<unknown>,
): RestoreApi {
  return {
    standing: async () => (await call("GET", "/restores")) as RestoreStanding,
    bring: async (file, partBytes, onShare) => {
      const { id } = (await call("POST", "/restores", { sizeBytes: file.size })) as { readonly id: string };
      for (let at = 0; at < file.size; at += partBytes) {
        await call("PUT", `/restores/${id}/parts/${at}`, file.slice(at, at + partBytes), 60_000);
        onShare(Math.min(1, (at + partBytes) / file.size));
      }
      return id;
    },
    check: async (id, passphrase) =>
      (await call("POST", `/restores/${id}/check`, { passphrase }, readingMs)) as RestoreContent,
    begin: async (id, passphrase) => void (await call("POST", `/restores/${id}/begin`, { passphrase }, readingMs)),
  };
}
