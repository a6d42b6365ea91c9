import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { contractVersion, maxInlineAnswerBytes, parseAnswer, type Answer, type Ask } from "@cordon/contract";
import { pino } from "pino";
import { SensorError } from "../errors.ts";
import { AskKeeper, type AskContext, type AskHandler, type AskKeeperOptions } from "./ask-keeper.ts";

function anAsk(changes: Partial<Ask> = {}): Ask {
  return { version: contractVersion, id: "a1", kind: "echo", question: {}, sentAt: 1000, deadline: 61_000, ...changes };
}

/** A keeper whose line can be cut, and what it has sent. */
function aKeeper(t: TestContext, changes: Partial<AskKeeperOptions> = {}) {
  const sent: Answer[] = [];
  const confirmations: (() => void)[] = [];
  const waiters = new Set<() => void>();
  const line = { isUp: true };
  const keeper = new AskKeeper({
    bootId: "0123456789abcdef",
    handlers: { echo: (question) => Promise.resolve({ status: "done", body: question }) },
    publish(askId, payload, confirmed) {
      if (!line.isUp) return false;
      const parsed = parseAnswer(payload);
      assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
      assert.equal(parsed.value.id, askId);
      sent.push(parsed.value);
      confirmations.push(confirmed);
      for (const look of waiters) look();
      return true;
    },
    upload: () => Promise.reject(new SensorError("upload-refused", "there is no controller")),
    now: () => 5,
    monotonic: () => performance.now(),
    onRefused: (code) => assert.fail(code),
    log: pino({ level: "silent" }),
    ...changes,
  });
  t.after(() => keeper.close());
  const take = (message: unknown, askId = "a1") => keeper.take(askId, Buffer.from(JSON.stringify(message)));
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        waiters.delete(look);
        resolve();
      };
      waiters.add(look);
      look();
    });
  return { keeper, sent, confirmations, line, take, until };
}

/** A handler that works until it is told to end, or what it was given is released. */
function aSlowHandler() {
  const contexts: AskContext[] = [];
  const releases: (() => void)[] = [];
  const handler: AskHandler = (_question, context) => {
    contexts.push(context);
    return new Promise((resolve) => releases.push(() => resolve({ status: "done", body: context.id })));
  };
  return { contexts, releases, handler };
}

test("an ask is answered with what its handler says", async (t) => {
  const { sent, take, until } = aKeeper(t);
  take(anAsk({ question: { host: "x" } }));
  await until(() => sent.length === 1);
  assert.deepEqual(sent[0], {
    version: contractVersion,
    id: "a1",
    bootId: "0123456789abcdef",
    at: 5,
    status: "done",
    body: { host: "x" },
  });
});

test("an unknown kind is answered as such, be it a word that every object knows", async (t) => {
  for (const kind of ["novelty", "constructor"]) {
    const { sent, take, until } = aKeeper(t);
    take(anAsk({ kind }));
    await until(() => sent.length === 1);
    assert.deepEqual([sent[0]?.status, sent[0]?.code], ["refused", "unknown-kind"]);
  }
});

test("what a handler throws is an answer", async (t) => {
  const handlers: Record<string, AskHandler> = {
    known: () => Promise.reject(new SensorError("disk-gone", "the disk is gone")),
    foreign: () => Promise.reject(new TypeError("secret detail")),
  };
  for (const [kind, code] of [
    ["known", "disk-gone"],
    ["foreign", "ask-failed"],
  ] as const) {
    const { sent, take, until } = aKeeper(t, { handlers });
    take(anAsk({ kind }));
    await until(() => sent.length === 1);
    assert.deepEqual([sent[0]?.status, sent[0]?.code], ["failed", code]);
    assert.ok(!sent[0]?.text?.includes("secret"));
  }
});

test("a message that makes no sense, or is for another topic, is counted and not answered", (t) => {
  let refused = 0;
  const { keeper, sent, take } = aKeeper(t, { onRefused: () => refused++ });
  for (const payload of [
    "",
    "{}",
    "[]",
    JSON.stringify({ ...anAsk(), id: "../x" }),
    JSON.stringify(anAsk({ id: "b" })),
  ])
    keeper.take("a1", Buffer.from(payload));
  take(anAsk({ question: { text: "x".repeat(70_000) } }));
  assert.deepEqual([refused, sent.length], [6, 0]);
});

test("so many run at once, so many wait, and one more is refused; those that wait come in their order", async (t) => {
  const slow = aSlowHandler();
  const { sent, take, until } = aKeeper(t, { handlers: { echo: slow.handler }, limits: { running: 2, waiting: 2 } });
  for (const id of ["a1", "a2", "a3", "a4", "a5"]) take(anAsk({ id }), id);
  assert.deepEqual(
    slow.contexts.map(({ id }) => id),
    ["a1", "a2"],
  );
  assert.deepEqual([sent[0]?.id, sent[0]?.status, sent[0]?.code], ["a5", "refused", "too-many-asks"]);
  slow.releases[0]?.();
  await until(() => sent.some(({ id }) => id === "a1"));
  slow.releases[1]?.();
  await until(() => sent.some(({ id }) => id === "a2"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    slow.contexts.map(({ id }) => id),
    ["a1", "a2", "a3", "a4"],
  );
});

test("a cancel ends what runs and what waits; the place is free once the handler has ended", async (t) => {
  const slow = aSlowHandler();
  const { sent, take, until } = aKeeper(t, { handlers: { echo: slow.handler }, limits: { running: 1 } });
  for (const id of ["a1", "a2", "a3"]) take(anAsk({ id }), id);
  for (const id of ["a2", "a1"]) take({ version: contractVersion, id, cancel: true }, id);
  assert.deepEqual(
    sent.map(({ id, status }) => [id, status]),
    [
      ["a2", "cancelled"],
      ["a1", "cancelled"],
    ],
  );
  assert.ok(slow.contexts[0]?.signal.aborted);
  assert.equal(slow.contexts.length, 1);
  slow.releases[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(slow.contexts[1]?.id, "a3");
  slow.releases[1]?.();
  await until(() => sent.some(({ id }) => id === "a3"));
  assert.equal(sent.length, 3, "what a cancelled handler comes to is told to nobody");
});

test("an ask is expired when its time is over, counted from when it came, and at once where there is none", async (t) => {
  const slow = aSlowHandler();
  const { sent, take, until } = aKeeper(t, { handlers: { echo: slow.handler } });
  // By the controller's clock, which is years from this machine's.
  take(anAsk({ sentAt: 1000, deadline: 1030 }));
  take(anAsk({ id: "a2", sentAt: 1000, deadline: 1000 }), "a2");
  await until(() => sent.length === 2);
  assert.deepEqual(
    sent.map(({ id, status }) => [id, status]),
    [
      ["a2", "expired"],
      ["a1", "expired"],
    ],
  );
  assert.ok(slow.contexts[0]?.signal.aborted);
});

test("an ask that comes again is not done again, and its answer is told again", async (t) => {
  const slow = aSlowHandler();
  const { sent, take, until } = aKeeper(t, { handlers: { echo: slow.handler } });
  take(anAsk());
  take(anAsk());
  slow.releases[0]?.();
  await until(() => sent.length === 1);
  take(anAsk());
  assert.deepEqual([slow.contexts.length, sent.length], [1, 2]);
  assert.deepEqual(sent[0], sent[1]);
});

test("an answer is sent until the broker has it", async (t) => {
  const { keeper, sent, confirmations, line, take, until } = aKeeper(t);
  line.isUp = false;
  take(anAsk());
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sent.length, 0);
  line.isUp = true;
  keeper.tell(false);
  await until(() => sent.length === 1);
  keeper.tell(false);
  assert.equal(sent.length, 1, "on its way");
  keeper.tell(true);
  assert.equal(sent.length, 2, "a new connection, and no word that it arrived");
  confirmations[1]?.();
  keeper.tell(true);
  assert.equal(sent.length, 2);
});

test("what the broker does not carry is uploaded, and a receipt stands for it", async (t) => {
  const receipt = { sizeBytes: 1, sha256: "0".repeat(64), contentType: "application/json" };
  const uploads: string[] = [];
  const text = "é".repeat(maxInlineAnswerBytes / 2);
  const { sent, take, until } = aKeeper(t, {
    handlers: {
      small: () => Promise.resolve({ status: "done", body: text.slice(1) }),
      large: () => Promise.resolve({ status: "done", body: text }),
      file: () => Promise.resolve({ status: "done", file: { path: "/x", contentType: "application/x" } }),
    },
    upload(askId, source) {
      uploads.push(
        `${askId} ${source.contentType} ${source.bytes === undefined ? source.path : source.bytes.byteLength}`,
      );
      return Promise.resolve(receipt);
    },
  });
  for (const kind of ["small", "large", "file"]) take(anAsk({ id: kind, kind }), kind);
  await until(() => sent.length === 3);
  assert.deepEqual(uploads.toSorted(), ["file application/x /x", `large application/json ${maxInlineAnswerBytes + 2}`]);
  for (const { id, body, upload } of sent) {
    assert.deepEqual([body !== undefined, upload], id === "small" ? [true, undefined] : [false, receipt]);
  }
});

test("an upload that is not taken is a failure, by its name", async (t) => {
  const { sent, take, until } = aKeeper(t, {
    handlers: { echo: () => Promise.resolve({ status: "done", body: "x".repeat(maxInlineAnswerBytes) }) },
  });
  take(anAsk());
  await until(() => sent.length === 1);
  assert.deepEqual([sent[0]?.status, sent[0]?.code], ["failed", "upload-refused"]);
});
