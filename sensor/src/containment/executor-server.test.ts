import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ExecutorClient } from "./executor-client.ts";
import { ExecutorServer } from "./executor-server.ts";
import type { Observed } from "./protocol.ts";

const observed: Observed = { at: 1, skeleton: "x", quarantined: [], vectors: [], handedUp: {}, heldBack: {} };
const never = new AbortController().signal;

/** A server whose executor hangs until it is freed, and a client that waits for as long. */
async function aHangingServer(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-server-"));
  const socketPath = join(folder, "executor.sock");
  const asked: string[] = [];
  let free = () => {};
  const freed = new Promise<void>((resolve) => (free = resolve));
  const hang = async <T>(what: string, answer: T): Promise<T> => {
    asked.push(what);
    await freed;
    return answer;
  };
  const server = new ExecutorServer({
    socketPath,
    log: () => undefined,
    executor: {
      start: () => Promise.resolve(),
      selfCheck: () => Promise.resolve(),
      observe: () => hang("observe", observed),
      apply: () => hang("apply", { observed, refused: [] }),
      openRemedies: () => hang("open-remedies", { used: [], refused: [] }),
    },
  });
  await server.start();
  const client = new ExecutorClient({ socketPath });
  t.after(async () => {
    client.close();
    await server.close();
    await rm(folder, { recursive: true });
  });
  return { client, asked, free };
}

test("whoever looks while a look is under way gets what that one finds", async (t) => {
  const { client, asked, free } = await aHangingServer(t);
  const looks = Array.from({ length: 50 }, () => client.observe(never));
  // Answers come in the order of their requests, so these looks have been taken in.
  await assert.rejects(Promise.race([...looks, ...Array.from({ length: 9 }, () => client.apply([], never))]), {
    code: "executor-busy",
  });
  free();
  await Promise.all(looks);
  assert.equal(asked.filter((what) => what === "observe").length, 1);
  await client.observe(never);
  assert.equal(asked.filter((what) => what === "observe").length, 2);
});

test("of changes that nobody waits for any more only a few are still carried out", async (t) => {
  const { client, asked, free } = await aHangingServer(t);
  const change = { remedies: [], portals: [] };
  const asking = Array.from({ length: 50 }, () => client.openRemedies(change, never).then(() => "done", codeOf));
  await Promise.race(asking);
  free();
  const outcomes = await Promise.all(asking);
  assert.deepEqual(new Set(outcomes), new Set(["done", "executor-busy"]));
  assert.equal(asked.length, outcomes.filter((outcome) => outcome === "done").length);
  assert.ok(asked.length < 5, `${asked.length} were carried out`);
  await client.openRemedies(change, never);
});

function codeOf(error: unknown): string {
  return (error as { readonly code: string }).code;
}
