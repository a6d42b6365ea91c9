import { systemAmbient, type Log } from "../ambient.ts";
import { createAuthority } from "../fleet/authority.ts";

export interface AuthorityCreateWish {
  readonly data: string;
  /** Where certificate and key are kept; absent means in the data directory. */
  readonly file?: string;
}

/** Makes the operator's own authority, which signs the certificates of this controller and its boxes. */
export async function makeAuthority(wish: AuthorityCreateWish, log: Log, print: (line: string) => void): Promise<void> {
  const { authority, file } = await createAuthority(wish.data, systemAmbient(log), wish.file);
  print(`Made an authority: ${file}`);
  print(`SHA-256 fingerprint ${authority.fingerprint}`);
  print("Whoever has this file can make boxes and controllers that yours trust. Keep a copy where nobody finds it.");
}
