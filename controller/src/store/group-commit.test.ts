import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { scratchDir } from "../../test/scratch.ts";
import { GroupCommit } from "./group-commit.ts";
import { openStore } from "./open-store.ts";
import type { Rows, Store } from "./schema.ts";

async function aStore(t: TestContext): Promise<Store> {
  const [dataDir, remove] = scratchDir();
  const store = await openStore(dataDir);
  t.after(async () => {
    await store.destroy();
    remove();
  });
  return store;
}

const addSite = (rows: Rows, id: string): Promise<unknown> =>
  rows.insertInto("sites").values({ id, name: id, policy: "observe", local_nets: "[]", created_at: 1 }).execute();

const siteIds = async (store: Store): Promise<string[]> =>
  (await store.selectFrom("sites").select("id").orderBy("id").execute()).map(({ id }) => id);

test("tasks of one moment share a transaction, and each gets its own outcome", async (t) => {
  const store = await aStore(t);
  const commits = new GroupCommit(store);
  const transactions = new Set<unknown>();
  const outcomes = await Promise.all(
    ["a", "b", "c"].map((id) =>
      commits.run(async (rows) => {
        transactions.add(rows);
        await addSite(rows, id);
        return id;
      }),
    ),
  );
  assert.deepEqual(outcomes, ["a", "b", "c"]);
  assert.deepEqual(await siteIds(store), ["a", "b", "c"]);
  assert.equal(transactions.size, 1);
});

test("one that fails takes nothing of the others with it, and leaves nothing of its own", async (t) => {
  const store = await aStore(t);
  const commits = new GroupCommit(store);
  const outcomes = await Promise.allSettled([
    commits.run((rows) => addSite(rows, "before")),
    commits.run(async (rows) => {
      await addSite(rows, "half");
      throw new Error("it cannot be stored");
    }),
    commits.run((rows) => addSite(rows, "behind")),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(await siteIds(store), ["before", "behind"]);
});

test("whoever waits for the store gets it between two groups", async (t) => {
  const store = await aStore(t);
  const commits = new GroupCommit(store);
  const order: string[] = [];
  const slow = (name: string) =>
    commits.run(async () => {
      const until = performance.now() + 15;
      while (performance.now() < until);
      order.push(name);
      return Promise.resolve();
    });
  const tasks = ["1", "2", "3", "4", "5", "6"].map((name) => slow(name));
  const click = store.transaction().execute(() => Promise.resolve(order.push("click")));
  await Promise.all([...tasks, click]);
  assert.ok(order.indexOf("click") < order.length - 1, order.join(" "));
});

test("where the store lets nobody in each task is told why, and none waits for ever", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const store = await openStore(dataDir);
  const commits = new GroupCommit(store);
  await store.destroy();
  const outcomes = await Promise.allSettled(["a", "b"].map((id) => commits.run((rows) => addSite(rows, id))));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
});
