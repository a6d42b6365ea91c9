import type { Ambient } from "../ambient.ts";
import { Exclusive } from "../exclusive.ts";
import type { PersonRow, Store } from "../store/schema.ts";
import { AttemptLimiter, type AttemptLimits } from "./attempt-limiter.ts";
import { nameKey, stands } from "./people.ts";
import { stepOf } from "./one-time-code.ts";
import { isPassword } from "./password.ts";

/**
 * Failures of one account, whoever makes them. A quarter of an hour is a nuisance to its owner, who has the terminal's link besides, and
 * leaves forty guesses an hour to everybody else.
 */
export const accountLimits: AttemptLimits = { perSource: 10, overall: 1000, windowMs: 15 * 60_000 };

/** Passwords that wait to be looked at: each takes 19 MiB and a twentieth of a second. */
const maxWaiting = 64;

export type SignInOutcome =
  | { readonly kind: "in"; readonly person: PersonRow }
  /** Which of the three was wrong is told to nobody. */
  | { readonly kind: "refused" }
  | { readonly kind: "locked" }
  /** So many try that nobody is looked at soon. */
  | { readonly kind: "busy" };

/** Signs people in by name, password and code, with a lock on each account. */
export class SignIn {
  readonly #store: Store;
  readonly #ambient: Ambient;
  readonly #limiter: AttemptLimiter;
  // One after the other: who tries by the hundred takes one core and the memory of one.
  readonly #looking = new Exclusive();
  #waiting = 0;

  constructor(store: Store, ambient: Ambient) {
    this.#store = store;
    this.#ambient = ambient;
    this.#limiter = new AttemptLimiter(ambient.clock, accountLimits);
  }

  async try({ name, password, code }: { name: string; password: string; code: string }): Promise<SignInOutcome> {
    const key = nameKey(name);
    if (this.#waiting >= maxWaiting) return { kind: "busy" };
    const succeeded = this.#limiter.begin(key);
    if (succeeded === null) return { kind: "locked" };
    const person = await this.#store.selectFrom("people").selectAll().where("name_key", "=", key).executeTakeFirst();
    const now = this.#ambient.clock.now();
    this.#waiting += 1;
    const isRight = await this.#looking
      .run(() => isPassword(password, person?.password ?? null))
      .finally(() => (this.#waiting -= 1));
    const step = stepOf(person?.code_secret ?? nobodys, code, now, person?.code_step ?? null);
    const isIn =
      person !== undefined && isRight && step !== null && stands(person, now) && (await this.#use(person.id, step));
    if (!isIn) return { kind: "refused" };
    succeeded();
    return { kind: "in", person };
  }

  /** A code counts once, also for two who send it at the same time. */
  async #use(id: string, step: number): Promise<boolean> {
    const used = await this.#store
      .updateTable("people")
      .set({ code_step: step })
      .where("id", "=", id)
      .where((each) => each.or([each("code_step", "is", null), each("code_step", "<", step)]))
      .executeTakeFirst();
    return used.numUpdatedRows > 0n;
  }
}

const nobodys = "A".repeat(32);
