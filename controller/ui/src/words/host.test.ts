import assert from "node:assert/strict";
import { test } from "node:test";
import { aHost } from "../../../test/ui/samples.ts";
import {
  byStrangeness,
  hostName,
  makerWords,
  nameSourceWords,
  roleWords,
  sentence,
  strangeness,
  uncapital,
} from "./host.ts";

test("a machine is called by its name, else its address, else its key", () => {
  assert.equal(hostName(aHost()), "DESK-07");
  assert.equal(hostName(aHost({ name: null })), "192.168.10.27");
  assert.equal(hostName(aHost({ name: null, addresses: [] })), "02:00:5e:10:00:07");
});

test("a role and a card's maker are said in words, and what is not known as that", () => {
  assert.equal(roleWords({ name: "mail-server", reason: "" }), "mail server");
  assert.equal(roleWords({ name: "unknown", reason: "" }), "");
  assert.equal(makerWords("00:1b:a9:00:00:01", "Brother industries"), "Brother industries");
  assert.equal(makerWords("00:1b:a9:00:00:01", null), "not known");
  assert.equal(makerWords("da:a1:19:00:00:01", null), "nobody: a private MAC");
  assert.equal(nameSourceWords("mdns"), "to its neighbours (Bonjour)");
  assert.equal(nameSourceWords("constructor"), "constructor");
});

test("the worse verdict comes first, then the higher score, then the name by its numbers", () => {
  const order = byStrangeness([
    aHost({ name: "DESK-10", verdict: "clear", score: 0 }),
    aHost({ name: "DESK-9", verdict: "clear", score: 0 }),
    // Its score fell since, but a verdict once reached stands.
    aHost({ name: "A", verdict: "infected", score: 5 }),
    aHost({ name: "B", verdict: "suspect", score: 5.5 }),
    aHost({ name: "C", verdict: "infected", score: 7 }),
  ]);
  assert.deepEqual(order.map(hostName), ["C", "A", "B", "DESK-9", "DESK-10"]);
});

test("strangeness rises with the score, meets each threshold, and stays within 0 and 100", () => {
  assert.deepEqual([-3, 0, 1, 3, 6, 12, 400].map(strangeness), [0, 0, 20, 50, 90, 100, 100]);
  for (let score = -1; score < 14; score += 0.1) assert.ok(strangeness(score) <= strangeness(score + 0.1));
});

test("a text becomes a sentence once", () => {
  assert.equal(sentence(" the box refused it"), "The box refused it.");
  assert.equal(sentence("Cut off."), "Cut off.");
});

test("only ordinary words lose their capital after a colon", () => {
  assert.equal(uncapital("Mailed 212 servers."), "mailed 212 servers.");
  assert.equal(uncapital("DNS was asked."), "DNS was asked.");
});
