import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Finding } from "../evidence/detector.ts";
import { ledgerOf, scoreOf, scoreOfFindings } from "./ledger.ts";

function aFinding(fields: Partial<Finding> = {}): Finding {
  return {
    kind: "address-scan",
    for: true,
    subject: "propagation",
    strength: 6.02,
    count: 10,
    firstAt: 1,
    lastAt: 2,
    text: () => "Tried.",
    ...fields,
  };
}

const weights = (findings: readonly Finding[]): number[] => ledgerOf(findings).map((line) => line.weight);

test("the score is the sum of the lines", () => {
  const lines = ledgerOf([aFinding(), aFinding({ kind: "mail-fan-out", subject: "mail", strength: 6 })]);
  assert.equal(scoreOf(lines), 12.02);
});

test("a defence sets off what it explains and not a bit more", () => {
  const weak = aFinding({ kind: "failed-contacts", subject: "contacts", strength: 1.2 });
  const storm = aFinding({ kind: "retry-storm", for: false, subject: "contacts", strength: 3 });
  assert.deepEqual(weights([weak, storm]), [1.2, -1.2]);
  assert.deepEqual(weights([aFinding(), weak, storm]), [6.02, 1.2, -1.2]);
});

test("no defence of contacts touches a scan or mail", () => {
  const storm = aFinding({ kind: "peer-to-peer", for: false, subject: "contacts", strength: 3 });
  assert.deepEqual(weights([aFinding(), storm]), [6.02, 0]);
});

test("two defences of one subject share what there is to explain", () => {
  const weak = aFinding({ kind: "failed-contacts", subject: "contacts", strength: 2.5 });
  const one = aFinding({ kind: "answered-contacts", for: false, subject: "contacts", strength: 1 });
  const two = aFinding({ kind: "peer-to-peer", for: false, subject: "contacts", strength: 2.9 });
  assert.deepEqual(weights([weak, one, two]), [2.5, -1, -1.5]);
});

test("a sentence never exceeds what the contract carries", () => {
  assert.equal(ledgerOf([aFinding({ text: () => "x".repeat(900) })])[0]?.text.length, 400);
});

const anyFindings = fc.array(
  fc.record({
    kind: fc.constantFrom("address-scan", "retry-storm"),
    for: fc.boolean(),
    subject: fc.constantFrom("propagation", "contacts", "mail", "names", "rhythm"),
    strength: fc.double({ min: 0, max: 12, noNaN: true }),
  }),
  { maxLength: 12 },
);

test("the score without sentences is that of the ledger, whatever was found", () => {
  fc.assert(
    fc.property(anyFindings, (found) => {
      const findings = found.map(aFinding);
      assert.equal(scoreOfFindings(findings), scoreOf(ledgerOf(findings)));
    }),
  );
});
