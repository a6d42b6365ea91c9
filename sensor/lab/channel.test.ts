import { deepEqual, equal, rejects } from "node:assert/strict";
import { PassThrough } from "node:stream";
import { once } from "node:events";
import { test } from "node:test";
import { Channel, type NoCalls } from "./channel.ts";
import { SensorError } from "../src/errors.ts";

type Calls = {
  double: { readonly input: number; readonly output: number };
  wait: { readonly input: null; readonly output: null };
  fail: { readonly input: null; readonly output: null };
};

function pair() {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const events: string[] = [];
  const noise: string[] = [];
  const cancelled = new PassThrough({ objectMode: true });
  const asks = new Channel<Calls, NoCalls, string, never>({
    input: back,
    output: there,
    onEvent: (event) => events.push(event),
    onNoise: (line) => noise.push(line),
  });
  const serves = new Channel<NoCalls, Calls, never, string>({
    input: there,
    output: back,
    handlers: {
      double: async (input) => input * 2,
      wait: async (_input, signal) => {
        await once(signal, "abort");
        cancelled.write("cancelled");
        return null;
      },
      fail: async () => {
        throw new SensorError("some-code", "some reason");
      },
    },
  });
  return { asks, serves, there, back, events, noise, cancelled };
}

test("a call gets its own answer", async () => {
  const { asks } = pair();
  deepEqual(await Promise.all([asks.call("double", 2), asks.call("double", 5)]), [4, 10]);
});

test("a failing call fails with the other end's code and reason", async () => {
  const { asks } = pair();
  await rejects(asks.call("fail", null), { code: "some-code", message: "some reason" });
});

test("a call that takes too long fails, and the other end is told to stop", async () => {
  const { asks, cancelled } = pair();
  await rejects(asks.call("wait", null, { timeoutMs: 20 }), { code: "lab-timeout" });
  deepEqual(await once(cancelled, "data"), ["cancelled"]);
});

test("an aborted call fails with the reason, and the other end is told to stop", async () => {
  const { asks, cancelled } = pair();
  const abort = new AbortController();
  const call = asks.call("wait", null, { signal: abort.signal });
  abort.abort(new SensorError("enough", "enough of it"));
  await rejects(call, { code: "enough" });
  deepEqual(await once(cancelled, "data"), ["cancelled"]);
});

test("events arrive in order and lines that are no message are handed on", async () => {
  const { asks, serves, back, events, noise } = pair();
  serves.tell("one");
  back.write("warning: something\n[1\n");
  serves.tell("two");
  equal(await asks.call("double", 1), 2);
  deepEqual(events, ["one", "two"]);
  deepEqual(noise, ["warning: something", "[1"]);
});

test("the end of the other end fails what is under way and what comes after", async () => {
  const { asks, back } = pair();
  const call = asks.call("wait", null);
  back.end();
  await rejects(call, { code: "lab-closed" });
  await asks.closed;
  await rejects(asks.call("double", 1), { code: "lab-closed" });
});
