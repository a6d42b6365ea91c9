import assert from "node:assert/strict";
import { test } from "node:test";
import { protocols } from "../packet/packet.ts";
import type { Flow } from "./flow.ts";
import { defaultFlowLimits, FlowTable, type FlowBeginning } from "./flow-table.ts";

function aBeginning(fields: Partial<FlowBeginning<null>> = {}): FlowBeginning<null> {
  return {
    ...{ protocol: protocols.tcp, caller: 1, callerPort: 5000, called: 2, calledPort: 443, owner: null, name: null },
    ...{ isInbound: false, isBeyondLine: true, isInOutage: false, outcome: "pending", callerSequence: 7, ...fields },
  };
}

function aTable(limits = {}): { readonly table: FlowTable<null>; readonly told: Flow<null>[] } {
  const told: Flow<null>[] = [];
  return { table: new FlowTable<null>((flow) => told.push({ ...flow }), limits), told };
}

test("the table is bounded, each connection is told, and of one told too soon nothing is said of its outcome", () => {
  const { table, told } = aTable({ fresh: 100 });
  for (let port = 1; port <= 1000; port += 1) table.called(aBeginning({ callerPort: port }), port);
  assert.equal(table.size, 100);
  assert.equal(told.length, 900);
  assert.ok(told.every(({ outcome }) => outcome === null));
  table.close();
  assert.equal(told.length, 1000);
});

test("only connections whose end may be seen are waited for, and so many of them", () => {
  const { table, told } = aTable({ standing: 2 });
  for (const callerPort of [1, 2, 3]) table.settle(table.called(aBeginning({ callerPort }), 0), "established", 1);
  table.settle(table.called(aBeginning({ protocol: protocols.udp }), 0), "established", 1);
  table.called(aBeginning({ callerPort: 4 }), 0);
  table.advance(defaultFlowLimits.heldMs);
  assert.equal(told.length, 5);
  assert.equal(table.size, 2);
  table.close();
  assert.equal(told.length, 5);
});

test("a new sequence number on the same ports is a new connection", () => {
  const { table, told } = aTable();
  table.settle(table.called(aBeginning(), 0), "established", 1);
  const second = table.called(aBeginning({ callerSequence: 8 }), 1000);
  assert.deepEqual([told.length, told[0]?.outcome, second.startedAt], [1, "established", 1000]);
});

test("an answer stands against whatever comes later, and our own refusal against all but an answer", () => {
  const { table } = aTable();
  const answered = table.called(aBeginning(), 0);
  table.settle(answered, "established", 1);
  table.settle(answered, "unreachable", 2);
  assert.equal(answered.outcome, "established");
  const stopped = table.called(aBeginning({ callerPort: 1, outcome: "refused-by-us" }), 0);
  table.settle(stopped, "refused", 1);
  assert.equal(stopped.outcome, "refused-by-us");
  table.settle(stopped, "established", 2);
  assert.equal(stopped.outcome, "established");
});
