/** What is no request that any route could answer. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { problemTitles, type ProblemCode } from "../src/api/problem-codes.ts";
import type { Problem } from "../src/api/view.ts";
import { startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

/** Sends bytes as they are; gives the answer. */
function send(port: number, bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  socket.on("data", (chunk) => (answer += chunk.toString()));
  // Whoever is refused in the middle of sending may be reset after the answer.
  socket.on("error", () => undefined).on("close", () => resolve(answer));
  return promise;
}

test("whatever cannot be read is refused as a problem of the closed list, with the headers of every answer", async (t) => {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  t.after(async () => {
    await controller.close();
    remove();
  });
  const port = Number(new URL(controller.url).port);
  const end = "host: cordon\r\nconnection: close\r\n\r\n";
  const cases: readonly (readonly [string, string, ProblemCode])[] = [
    ["an address that is none", `GET /api/v1/sites/%zz HTTP/1.1\r\n${end}`, "bad-request"],
    ["one that is none, of a page", `GET /%zz HTTP/1.1\r\n${end}`, "bad-request"],
    ["a name without end", `GET /api/v1/sites/${"x".repeat(900)} HTTP/1.1\r\n${end}`, "bad-request"],
    ["no HTTP", "hello there\r\n\r\n", "bad-request"],
    ["a length that is none", `POST /api/v1/session HTTP/1.1\r\ncontent-length: x\r\n${end}`, "bad-request"],
    ["two lengths", `POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n${end}`, "bad-request"],
    ["headers without end", `GET /health HTTP/1.1\r\nx: ${"y".repeat(40_000)}\r\n${end}`, "headers-too-large"],
    ["no host", "GET /health HTTP/1.1\r\nconnection: close\r\n\r\n", "bad-request"],
    ["an expectation", `GET /api/v1/sites HTTP/1.1\r\nexpect: miracles\r\n${end}`, "no-session"],
  ];
  for (const [name, bytes, code] of cases) {
    const answer = await send(port, bytes);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    const problem = JSON.parse(body) as Problem;
    const [status, title] = problemTitles[code];
    assert.deepEqual([problem.code, problem.status, problem.title], [code, status, title], name);
    assert.ok(head.startsWith(`HTTP/1.1 ${status} `), name);
    assert.match(head, /^content-type: application\/problem\+json/im, name);
    assert.match(head, /^content-security-policy: default-src 'self'/im, name);
    assert.match(head, /^x-content-type-options: nosniff/im, name);
    assert.match(head, /^cache-control: no-store/im, name);
    assert.ok(body.length < 600, name);
  }
  assert.equal((await fetch(`${controller.url}/health`)).status, 200);
});
