import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { encodeJson, MessageDecoder } from "../capture/framing.ts";
import { ExecutorClient } from "./executor-client.ts";
import type { ExecutorRequest, Observed } from "./protocol.ts";

const observed: Observed = { at: 1, skeleton: "x", quarantined: [], vectors: [], handedUp: {}, heldBack: {} };
const never = new AbortController().signal;

type Answer = (request: ExecutorRequest, socket: Socket) => void;
const answerWell: Answer = ({ id }, socket) => socket.write(encodeJson({ id, ok: true, observed, refused: [] }));

async function aSocketPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-client-"));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, "executor.sock");
}

async function listen(t: TestContext, path: string, answer: Answer): Promise<{ server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const decoder = new MessageDecoder({
      maxBytes: 1 << 20,
      onMessage: (body) => answer(JSON.parse(body.toString("utf8")) as ExecutorRequest, socket),
    });
    socket.on("data", (chunk) => decoder.push(chunk));
  });
  await once(server.listen({ path }), "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, sockets };
}

function aClient(
  t: TestContext,
  socketPath: string,
  options: { connectTimeoutMs?: number; answerTimeoutMs?: number } = {},
) {
  const client = new ExecutorClient({ socketPath, retryMs: 10, ...options });
  t.after(() => client.close());
  return client;
}

test("answers find their requests, whatever their order", async (t) => {
  const path = await aSocketPath(t);
  const waiting: ExecutorRequest[] = [];
  await listen(t, path, (request, socket) => {
    waiting.push(request);
    if (waiting.length < 2) return;
    for (const { id, kind } of waiting.toReversed()) {
      const refused = kind === "apply" ? [{ mac: "02:00:00:00:00:01", reason: "r" }] : [];
      socket.write(encodeJson({ id, ok: true, observed, refused }));
    }
  });
  const client = aClient(t, path);
  const [observedNow, applied] = await Promise.all([client.observe(never), client.apply([], never)]);
  assert.deepEqual(observedNow, observed);
  assert.deepEqual(applied.refused, [{ mac: "02:00:00:00:00:01", reason: "r" }]);
});

test("a request waits for an executor that is about to come", async (t) => {
  const path = await aSocketPath(t);
  const client = aClient(t, path);
  const asking = client.observe(never);
  await listen(t, path, answerWell);
  assert.deepEqual(await asking, observed);
});

test("without an executor a request gives up with executor-unavailable", async (t) => {
  const client = aClient(t, await aSocketPath(t), { connectTimeoutMs: 30 });
  await assert.rejects(client.observe(never), { code: "executor-unavailable" });
});

test("a connection lost in between rejects, and the next request finds the successor", async (t) => {
  const path = await aSocketPath(t);
  let isFirst = true;
  await listen(t, path, (request, socket) => {
    if (isFirst) socket.destroy();
    else answerWell(request, socket);
    isFirst = false;
  });
  const client = aClient(t, path);
  await assert.rejects(client.observe(never), { code: "executor-unavailable" });
  assert.deepEqual(await client.observe(never), observed);
});

test("an executor that does not answer is given up after the time-out", async (t) => {
  const path = await aSocketPath(t);
  await listen(t, path, () => {});
  await assert.rejects(aClient(t, path, { answerTimeoutMs: 30 }).observe(never), { code: "executor-unavailable" });
});

test("an abort ends the wait, and others go on", async (t) => {
  const path = await aSocketPath(t);
  const { sockets } = await listen(t, path, ({ id, kind }, socket) => {
    if (kind === "apply") socket.write(encodeJson({ id, ok: true, observed, refused: [] }));
  });
  const client = aClient(t, path);
  const abort = new AbortController();
  const asking = client.observe(abort.signal);
  await client.apply([], never);
  abort.abort();
  await assert.rejects(asking, { code: "aborted" });
  assert.equal(sockets.size, 1);
  assert.equal(client.isConnected, true);
});

test("the executor's own error code is passed on", async (t) => {
  const path = await aSocketPath(t);
  await listen(t, path, ({ id }, socket) =>
    socket.write(encodeJson({ id, ok: false, code: "nft-failed", text: "no" })),
  );
  await assert.rejects(aClient(t, path).apply([], never), { code: "nft-failed" });
});

test("an answer that does not fit the schema ends the connection", async (t) => {
  const path = await aSocketPath(t);
  await listen(t, path, ({ id }, socket) => socket.write(encodeJson({ id, ok: true })));
  await assert.rejects(aClient(t, path).observe(never), { code: "executor-unavailable" });
});
