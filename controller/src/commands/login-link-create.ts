import { createLoginToken, loginLink } from "../account/login-link.ts";
import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { openStore } from "../store/open-store.ts";

export interface LoginLinkWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  /** Where the user interface is served. */
  readonly url: string;
}

/** Makes a login link for the controller that serves the data directory. */
export async function createLink(wish: LoginLinkWish, log: Log, print: (line: string) => void): Promise<void> {
  const store = await openStore(wish.data, { url: wish.store });
  try {
    const token = await createLoginToken(store, systemAmbient(log), operator);
    print(loginLink(wish.url.replace(/\/+$/, ""), token));
  } finally {
    await store.destroy();
  }
}
