import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";
import { acceptDesired, type AcceptContext, type AdoptedDesired } from "./desired.ts";

/** What was found on disk at the start. */
export interface StoredDesired {
  readonly adopted: AdoptedDesired | null;
  /** Why a file that was there was set aside; null where nothing was wrong. */
  readonly trouble: string | null;
}

/**
 * Reads the last adopted document and verifies its signature again: a disk that was written to by
 * somebody else must not be a way round the signature. `notAfter` ends adopting, not keeping.
 */
export async function loadDesired(
  path: string,
  context: Pick<AcceptContext, "sensorId" | "siteId" | "signers">,
): Promise<StoredDesired> {
  const text = await readFileIfPresent(path);
  if (text === null) return { adopted: null, trouble: null };
  const acceptance = acceptDesired(text, { ...context, current: null, now: null });
  if (acceptance.ok) return { adopted: acceptance.adopted, trouble: null };
  await setAside(path);
  return { adopted: null, trouble: `the stored document was set aside: ${acceptance.text}` };
}

/** Stores the document in its signed form. */
export async function saveDesired(path: string, adopted: AdoptedDesired): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(adopted.signed));
}
