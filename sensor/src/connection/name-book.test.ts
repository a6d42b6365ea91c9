import assert from "node:assert/strict";
import { test } from "node:test";
import { NameBook } from "./name-book.ts";

const hour = 3_600_000;

test("whether a target was looked up has three answers", () => {
  const book = new NameBook(10);
  book.start(0);
  assert.equal(book.resolutionOf(1, 5 * hour), "unknown");
  book.learn(2, "WWW.Example", 10_000);
  assert.equal(book.resolutionOf(2, 20_000), "resolved");
  assert.equal(book.nameOf(2, 20_000), "www.example");
  assert.equal(book.resolutionOf(1, 20_000), "unknown");
  book.learn(3, "other.example", 2 * hour);
  assert.equal(book.resolutionOf(1, 2 * hour + 1), "unresolved");
});

test("where answers no longer pass by, nothing can be missed", () => {
  const book = new NameBook(10);
  book.start(0);
  book.learn(2, "a.example", 2 * hour);
  assert.equal(book.resolutionOf(1, 4 * hour), "unknown");
});

test("a name is forgotten after a day, and the oldest first when the book is full", () => {
  const book = new NameBook(2);
  book.start(0);
  book.learn(1, "a.example", 0);
  assert.equal(book.nameOf(1, 25 * hour), null);
  book.learn(2, "b.example", 1);
  book.learn(1, "a.example", 2);
  book.learn(3, "c.example", 3);
  assert.equal(book.nameOf(2, 4), null);
  assert.deepEqual(book.newest(5), [
    [1, "a.example", 2],
    [3, "c.example", 3],
  ]);
});
