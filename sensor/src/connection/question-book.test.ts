import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../packet/address.ts";
import { QuestionBook } from "./question-book.ts";

const t0 = 1_800_000_000_000;
const address = (text: string) => parseAddress(text) ?? 0;
const router = address("10.20.30.1");

test("says the median time to an answer, the last answer, and by whom", () => {
  const book = new QuestionBook();
  for (const [i, ms] of [3, 1, 14, 2].entries()) {
    book.asked(router, i, t0 + i * 1000);
    book.answered(router, i, t0 + i * 1000 + ms);
  }
  assert.deepEqual(book.check("router", t0 + 4000), {
    ...{ kind: "router", state: "answers", asked: 4, answered: 4, roundTripMs: 2.5 },
    ...{ answeredAt: t0 + 3002, silentSince: null, address: "10.20.30.1" },
  });
});

test("is silent since the first of two questions that nobody answered, and for as long as nobody does", () => {
  const book = new QuestionBook();
  book.asked(router, 1, t0);
  book.answered(router, 1, t0 + 1);
  book.asked(router, 2, t0 + 10_000);
  assert.equal(book.check("router", t0 + 13_000).state, "answers", "one question may have been lost");
  book.asked(router, 3, t0 + 14_000);
  const silent = book.check("router", t0 + 17_000);
  assert.deepEqual([silent.state, silent.silentSince, silent.answered], ["silent", t0 + 10_000, 1]);
  assert.equal(book.check("router", t0 + 3_600_000).silentSince, t0 + 10_000);
  book.asked(router, 4, t0 + 3_600_000);
  book.answered(router, 4, t0 + 3_600_001);
  assert.equal(book.check("router", t0 + 3_600_002).state, "answers");
});

test("a dead target is no dead line: it takes two, and none that answers", () => {
  const book = new QuestionBook();
  for (let i = 0; i < 20; i += 1) book.asked(address("203.0.113.9"), i, t0 + i * 3000, false);
  assert.equal(book.check("contacts", t0 + 61_000).state, "unseen");
  book.asked(address("203.0.113.10"), 1, t0 + 61_000, false);
  assert.equal(book.check("contacts", t0 + 64_000).state, "silent");
  book.answered(address("203.0.113.11"), 7, t0 + 65_000);
  assert.equal(book.check("contacts", t0 + 65_000).state, "answers", "whoever was asked before it was looked for");
});

test("questions put while one is open to the same target count once, and what was asked twice is not measured", () => {
  const book = new QuestionBook();
  for (let port = 0; port < 500; port += 1) book.asked(router, port, t0 + port);
  book.asked(router, 0, t0 + 1000);
  book.answered(router, 0, t0 + 1001);
  const { asked, answered, roundTripMs } = book.check("contacts", t0 + 1001);
  assert.deepEqual([asked, answered, roundTripMs], [1, 1, null]);
});

test("knows nothing where nobody asked for half a minute, and counts nothing after two", () => {
  const book = new QuestionBook();
  book.asked(router, 1, t0);
  book.answered(router, 1, t0 + 1);
  assert.equal(book.check("names", t0 + 29_000).state, "answers");
  const soon = book.check("names", t0 + 31_000);
  assert.deepEqual([soon.state, soon.asked], ["unseen", 1]);
  const later = book.check("names", t0 + 121_000);
  assert.deepEqual([later.state, later.asked, later.answeredAt], ["unseen", 0, t0 + 1]);
});

test("holds few questions, whoever is asked", () => {
  const book = new QuestionBook();
  for (let i = 0; i < 100_000; i += 1) book.asked(i, 1, t0 + i, false);
  assert.ok(book.check("contacts", t0 + 100_000).asked <= 512);
});
