import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { ControllerError } from "../errors.ts";
import { rotateSigner } from "../fleet/signer.ts";
import { openStore } from "../store/open-store.ts";
import type { Serving } from "../store/postgres.ts";
import { lockForServing } from "../store/serve-lock.ts";

export interface SignerRotateWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
}

/** As one that serves, so that nobody else does meanwhile, but not as one that waits. */
const alone = (log: Log): Serving => ({
  log,
  standsBy: () => {
    throw new ControllerError("data-in-use", "another controller serves it");
  },
  isBack: () => undefined,
  isTakenOver: () => undefined,
});

/** Has the next key sign what boxes are to hold. The controller must not run meanwhile. */
export async function rotate(wish: SignerRotateWish, log: Log, print: (line: string) => void): Promise<void> {
  const unlock = lockForServing(wish.data);
  try {
    const store = await openStore(wish.data, { url: wish.store, serving: alone(log) });
    try {
      const keyId = await rotateSigner(wish.data, store, systemAmbient(log), operator);
      print(`From now on ${keyId} signs. Boxes that are enrolled from now on obey it and the one after it.`);
    } finally {
      await store.destroy();
    }
  } finally {
    unlock();
  }
}
