import { pinAuthor, type FromCentre } from "@cordon/contract";
import { wrongPin } from "../account/pin.ts";
import { hostIn } from "../incident/at-box-facts.ts";
import type { Store } from "../store/schema.ts";

const linesAtOnce = 200;

/** Tells the sensor what people did at this box, in the order of its audit log. What it knows already is not told again. */
export class DeedTeller {
  readonly #store: Store;
  readonly #send: (message: FromCentre) => void;
  #until: number;

  /** @param until the number of the last line that was told */
  constructor(store: Store, send: (message: FromCentre) => void, until: number) {
    this.#store = store;
    this.#send = send;
    this.#until = until;
  }

  async tell(): Promise<void> {
    for (;;) {
      const lines = await this.#store
        .selectFrom("audit_log")
        .select(["number", "at", "author", "action", "subject", "detail"])
        .where("number", ">", this.#until)
        .where("author", "in", [pinAuthor, wrongPin])
        .orderBy("number")
        .limit(linesAtOnce)
        .execute();
      for (const { number, at, author, action, subject, detail } of lines) {
        const host = hostIn(detail) ?? (await this.#hostOf(subject));
        this.#send({ kind: "deed", number, at, author, action, subject, host, detail });
        this.#until = number;
      }
      if (lines.length < linesAtOnce) return;
    }
  }

  /** Of what a release names. */
  async #hostOf(subject: string | null): Promise<string | null> {
    if (subject === null) return null;
    const row = await this.#store
      .selectFrom("containments")
      .select("host")
      .where("id", "=", subject)
      .executeTakeFirst();
    return row?.host ?? hostIn(`"host":"${subject}"`);
  }
}
