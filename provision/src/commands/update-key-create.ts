import { join, resolve } from "node:path";
import { checkNoneIn, makeUpdateAuthority, updateKeyFiles, writeSigner, writeUpdateAuthority } from "../update-keys.ts";

export interface UpdateKeyWish {
  /** The folder that holds them. */
  readonly out: string;
}

/**
 * Makes the operator's keys for releases: the authority, and a key to sign with. Rejects with `update-key-exists` where there is
 * one of them already: it is taken away by hand.
 */
export async function createUpdateKey(wish: UpdateKeyWish, now: number, tell: (line: string) => void): Promise<void> {
  const folder = resolve(wish.out);
  await checkNoneIn(folder, Object.values(updateKeyFiles));
  const made = await makeUpdateAuthority(now);
  await writeUpdateAuthority(made, folder);
  await writeSigner(made, folder, now);
  const { authority, authorityKey, signer, signerKey } = updateKeyFiles;
  tell(`Wrote the keys for releases to ${folder}.`);
  tell(
    `  ${authority}  goes into images: npm run image -- build --board pc --update-authority ${join(folder, authority)}`,
  );
  tell(`  ${authorityKey}  is put away; it signs the next key to sign with (update-key renew)`);
  tell(`  ${signer}, ${signerKey}  sign releases: npm run image -- bundle --board pc --key ${join(folder, signerKey)}`);
  tell("  --board pc is a mini PC; say --board pi for a Raspberry Pi.");
}
