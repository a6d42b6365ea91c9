import type { Ambient } from "../ambient.ts";
import { Exclusive } from "../exclusive.ts";
import type { PersonRow, Store } from "../store/schema.ts";
import { AttemptLimiter, type AttemptLimits } from "./attempt-limiter.ts";
import { writeAudit } from "./audit.ts";
import { nameKey, stands } from "./people.ts";
import { stepOf } from "./one-time-code.ts";
import { isPassword } from "./password.ts";

/**
 * Failures of one account, whoever makes them. A quarter of an hour is a nuisance to its owner, who has the terminal's link besides, and
 * leaves forty guesses an hour to everybody else.
 * Together they have no bound: whoever makes up names would else lock everybody out.
 */
export const accountLimits: AttemptLimits = {
  ...{ perSource: 10, overall: Number.POSITIVE_INFINITY, windowMs: 15 * 60_000 },
};

/** Passwords that wait to be looked at: each takes 19 MiB and a twentieth of a second. */
const maxWaiting = 64;
/** From here on only those of sources that have none among them. */
const crowded = 32;

/** As whose deed it is written down that an account was locked. */
const guesser = "somebody with a wrong password or code";

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
  /** How many of each source wait. */
  readonly #waiting = new Map<string, number>();
  /** From where the failures of accounts came, until the limiter forgets them. */
  readonly #failures = new Map<string, string[]>();
  #failuresUntil = 0;

  constructor(store: Store, ambient: Ambient) {
    this.#store = store;
    this.#ambient = ambient;
    this.#limiter = new AttemptLimiter(ambient.clock, accountLimits);
  }

  /** @param source where the try comes from (`sourceOf`) */
  async try(
    { name, password, code }: { name: string; password: string; code: string },
    source: string,
  ): Promise<SignInOutcome> {
    const key = nameKey(name);
    const waiting = [...this.#waiting.values()].reduce((sum, each) => sum + each, 0);
    if (waiting >= (this.#waiting.has(source) ? crowded : maxWaiting)) return { kind: "busy" };
    const succeeded = this.#limiter.begin(key);
    if (succeeded === null) return { kind: "locked" };
    this.#wait(source, 1);
    const { person, isRight } = await this.#look(key, password).finally(() => this.#wait(source, -1));
    const now = this.#ambient.clock.now();
    const step = stepOf(person?.code_secret ?? nobodys, code, now, person?.code_step ?? null);
    const isIn =
      person !== undefined && isRight && step !== null && stands(person, now) && (await this.#use(person.id, step));
    if (!isIn) {
      if (person !== undefined) await this.#noteFailure(person, source);
      return { kind: "refused" };
    }
    succeeded();
    return { kind: "in", person };
  }

  #wait(source: string, more: 1 | -1): void {
    const waiting = (this.#waiting.get(source) ?? 0) + more;
    if (waiting === 0) this.#waiting.delete(source);
    else this.#waiting.set(source, waiting);
  }

  async #look(key: string, password: string) {
    const person = await this.#store.selectFrom("people").selectAll().where("name_key", "=", key).executeTakeFirst();
    const isRight = await this.#looking.run(() => isPassword(password, person?.password ?? null));
    return { person, isRight };
  }

  /** Writes down that an account was locked, by its last failure and no other one: a flood of tries would else be one of lines. */
  async #noteFailure({ id, name }: PersonRow, source: string): Promise<void> {
    const now = this.#ambient.clock.now();
    if (now >= this.#failuresUntil) this.#failures.clear();
    this.#failuresUntil = now + this.#limiter.waitMs;
    const sources = [...(this.#failures.get(id) ?? []), source];
    this.#failures.set(id, sources);
    if (sources.length !== accountLimits.perSource) return;
    const said = {
      tries: sources.length,
      from: [...new Set(sources)],
      lockedForSeconds: Math.ceil(this.#limiter.waitMs / 1000),
    };
    this.#ambient.log.warn("an account was locked", { person: name, ...said });
    await writeAudit(this.#store, this.#ambient, {
      ...{ author: guesser, action: "account-locked", subject: name, detail: JSON.stringify(said) },
    });
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
