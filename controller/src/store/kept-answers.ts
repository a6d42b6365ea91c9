import type { Rows } from "./schema.ts";

/** A key is good for a day: far longer than a client goes on trying. */
export const keptForMs = 86_400_000;

/** Keys of one caller; the oldest give way. */
const perCaller = 1_000;

export interface KeptAnswer {
  readonly caller: string;
  readonly key: string;
  /** Of the request that the key was first used for. */
  readonly fingerprint: string;
  /** The run of the controller that answered it. */
  readonly run: string;
}

/** Reserves a key for a request: null where it is the first with it, else what is kept of the first. */
export async function reserveKey(rows: Rows, wish: KeptAnswer, now: number) {
  const { caller, key } = wish;
  await rows
    .deleteFrom("kept_answers")
    .where("created_at", "<=", now - keptForMs)
    .execute();
  const added = await rows
    .insertInto("kept_answers")
    .values({ ...wish, answer: null, created_at: now })
    .onConflict((conflict) => conflict.columns(["caller", "key"]).doNothing())
    .returning("key")
    .executeTakeFirst();
  if (added === undefined) {
    const own = rows.selectFrom("kept_answers").where("caller", "=", caller).where("key", "=", key);
    return (await own.select(["fingerprint", "run", "answer"]).executeTakeFirst()) ?? null;
  }
  const oldest = await rows
    .selectFrom("kept_answers")
    .select("created_at")
    .where("caller", "=", caller)
    .orderBy("created_at", "desc")
    .limit(1)
    .offset(perCaller)
    .executeTakeFirst();
  if (oldest !== undefined) {
    await rows
      .deleteFrom("kept_answers")
      .where("caller", "=", caller)
      .where("created_at", "<=", oldest.created_at)
      .execute();
  }
  return null;
}

/** Keeps the answer to the request that reserved the key. */
export async function keepAnswer(rows: Rows, { caller, key }: Pick<KeptAnswer, "caller" | "key">, answer: string) {
  await rows.updateTable("kept_answers").set({ answer }).where("caller", "=", caller).where("key", "=", key).execute();
  if (answer.length > usualLength) await keepWithinShare(rows, caller);
}

// A site with some hundred machines; of these all keys of a caller fit.
const usualLength = 32 * 1024;
const lengthPerCaller = perCaller * usualLength;

/** The oldest large answers of a caller give way: each may be of megabytes. */
async function keepWithinShare(rows: Rows, caller: string): Promise<void> {
  const found = await rows
    .selectFrom("kept_answers")
    .select(["key", (build) => build.fn<number | null>("length", ["answer"]).as("length")])
    .where("caller", "=", caller)
    .orderBy("created_at", "desc")
    .orderBy("key")
    .execute();
  let sum = 0;
  const over = found.filter(({ length }) => (sum += Number(length ?? 0)) > lengthPerCaller && Number(length ?? 0) > 0);
  for (const { key } of over) await releaseKey(rows, { caller, key });
}

/** Lets a key go whose request came to nothing: it may be made again. */
export async function releaseKey(rows: Rows, { caller, key }: Pick<KeptAnswer, "caller" | "key">): Promise<void> {
  await rows.deleteFrom("kept_answers").where("caller", "=", caller).where("key", "=", key).execute();
}
