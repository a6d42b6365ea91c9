import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { openAuthority } from "../fleet/authority.ts";
import { reissueProfile } from "../fleet/enrol.ts";
import { beginPrivateFile } from "../fleet/private-file.ts";
import { openSigner } from "../fleet/signer.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/schema.ts";

export interface TokenCreateWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly sensorId: string;
  readonly output: string;
}

/** Gives a sensor that is known a new token, in a new site profile. */
export async function makeToken(wish: TokenCreateWish, log: Log, print: (line: string) => void): Promise<void> {
  const ambient = systemAmbient(log);
  // First: the token before counts no longer once there is a new one.
  const output = beginPrivateFile(wish.output, ambient.random(8).toString("hex"));
  let store: Store | null = null;
  try {
    store = await openStore(wish.data, { url: wish.store });
    const authority = await openAuthority(wish.data, ambient);
    const signer = await openSigner(wish.data, store, ambient);
    const parts = { store, ambient, authority, signer };
    const profile = await reissueProfile(parts, { sensorId: wish.sensorId, author: operator });
    output.commit(`${JSON.stringify(profile, null, 2)}\n`);
    print(`Made a token for sensor ${profile.sensor} of site ${profile.site.id}; its profile is ${wish.output}`);
  } finally {
    output.discard();
    await store?.destroy();
  }
}
