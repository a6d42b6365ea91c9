import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "../verdict/case-book.ts";
import { findSuccessions } from "./moved-quarantine.ts";

const at = Date.UTC(2026, 10, 21);
const [gone, newcomer] = ["02:00:00:00:00:01", "02:00:00:00:00:09"];

function aMachine(mac: string, fields: Partial<Machine> = {}): Machine {
  return {
    ...{ mac, name: "DESK-07", addresses: ["192.168.1.7", "fe80::1"], role: { name: "unknown", reason: "r" } },
    ...{ verdict: "clear", firstSeenAt: at, lastSeenAt: at, contacts: 1 },
    ...fields,
  };
}

function found(fields: Partial<Machine>, known: readonly string[] = [gone], goneFields: Partial<Machine> = {}) {
  const machines = [aMachine(gone, goneFields), aMachine(newcomer, { firstSeenAt: at + 5000, ...fields })];
  return findSuccessions(machines, new Set(known), new Set([gone]), at + 60_000);
}

test("name and address of a machine that is cut off and silent are decisive, one of them is not", () => {
  const [both] = found({ name: "desk-07" });
  assert.deepEqual([both?.mac, both?.of, both?.strength], [newcomer, gone, 6]);
  assert.match(both?.text ?? "", /^It took the name and address of DESK-07 \(02:00:00:00:00:01\), which is cut off/);
  assert.equal(found({ name: null })[0]?.strength, 1.5);
  assert.match(found({ addresses: ["192.168.1.8"] })[0]?.text ?? "", /^It took the name of DESK-07/);
});

test("nothing is said of machines that were there before, or at the same time, or have nothing of it", () => {
  assert.deepEqual(found({}, [gone, newcomer]), []);
  assert.deepEqual(found({}, [gone], { lastSeenAt: at + 45_000 }), [], "it still speaks");
  assert.deepEqual(found({ firstSeenAt: at - 60_000 }, [gone], { lastSeenAt: at + 30_000 }), [], "both were there");
  assert.deepEqual(found({ name: null, addresses: ["fe80::1"] }), [], "link-local addresses are anybody's");
});
