import { join, resolve } from "node:path";
import { checkNoneIn, readUpdateAuthority, updateKeyFiles, writeSigner } from "../update-keys.ts";

export interface UpdateKeyRenewWish {
  /** The folder that holds the authority and its key. */
  readonly authority: string;
  /** The folder that the new key goes to. */
  readonly out: string;
}

/**
 * Makes another key to sign releases with, which boxes believe as they believe the one before. Rejects with `update-key-exists`
 * where there is one already, and with `update-authority-unusable`.
 */
export async function renewUpdateKey(
  wish: UpdateKeyRenewWish,
  now: number,
  tell: (line: string) => void,
): Promise<void> {
  const [folder, { signer, signerKey }] = [resolve(wish.out), updateKeyFiles];
  await checkNoneIn(folder, [signer, signerKey]);
  const endsAt = await writeSigner(await readUpdateAuthority(resolve(wish.authority), now), folder, now);
  tell(`Wrote a key for releases to ${folder}; it counts until ${endsAt.toISOString().slice(0, 10)}.`);
  tell(`  ${signer}, ${signerKey}  sign releases: npm run image -- bundle --board pc --key ${join(folder, signerKey)}`);
  tell("  --board pc is a mini PC; say --board pi for a Raspberry Pi.");
  tell(
    "Boxes believe the key before as well, until its own end: one that was stolen is ended by another authority alone.",
  );
}
