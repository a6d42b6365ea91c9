import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeMessage, MessageDecoder } from "./framing.ts";

function decode(chunks: readonly Buffer[], maxBytes = 1000): { messages: string[]; isUsable: boolean } {
  const messages: string[] = [];
  const decoder = new MessageDecoder({ maxBytes, onMessage: (body) => messages.push(body.toString("hex")) });
  const isUsable = chunks.every((chunk) => decoder.push(chunk));
  return { messages, isUsable };
}

test("gives the messages back however the stream was cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.nat(60)), (bodies, sizes) => {
      const stream = Buffer.concat(bodies.map((body) => encodeMessage(body)));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) chunks.push(stream.subarray(at, (at += size)));
      chunks.push(stream.subarray(at));
      assert.deepEqual(
        decode(chunks).messages,
        bodies.map((body) => Buffer.from(body).toString("hex")),
      );
    }),
  );
});

test("gives up on a length beyond the limit, and takes one at the limit", () => {
  assert.deepEqual(decode([encodeMessage(Buffer.alloc(10))], 10), { messages: ["00".repeat(10)], isUsable: true });
  assert.deepEqual(decode([encodeMessage(Buffer.alloc(11))], 10), { messages: [], isUsable: false });
});
