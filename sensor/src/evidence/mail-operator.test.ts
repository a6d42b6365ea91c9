import assert from "node:assert/strict";
import { test } from "node:test";
import { mailOperatorOf } from "./mail-operator.ts";

test("an operator is the registered domain of the server's name", () => {
  assert.deepEqual(mailOperatorOf("alt1.mx.example.co.uk", 1), { key: "example.co.uk", isNamed: true });
  assert.equal(mailOperatorOf("mx2.firm.example", 1).key, mailOperatorOf("smtp.firm.example", 2).key);
});

test("a nameless server is told by its network", () => {
  assert.equal(mailOperatorOf(null, 0xc633_6407 | 0).key, mailOperatorOf(null, 0xc633_64f0 | 0).key);
  assert.notEqual(mailOperatorOf(null, 0xc633_6407 | 0).key, mailOperatorOf(null, 0xc633_6507 | 0).key);
  assert.equal(mailOperatorOf("localhost", 0xc633_6407 | 0).isNamed, false);
});
