import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReportedAutomatic, ReportedContainment } from "@cordon/contract";
import { containmentChanges } from "./containment-changes.ts";

const context = {
  placement: "lan",
  now: 5000,
  trustedNow: 5000,
  whyEnded: (id: string) => (id === "a1" ? "ann released it: cleaned" : null),
} as const;

function aContainment(changes: Partial<ReportedContainment> = {}): ReportedContainment {
  return {
    id: "c1",
    kind: "quarantine",
    host: "02:00:00:00:00:01",
    vector: null,
    reason: "mails by itself",
    author: "operator",
    startsAt: 1000,
    expiresAt: null,
    level: "internet-cut",
    inForceSince: 1000,
    packetsStopped: 7,
    lastStoppedAt: null,
    refusal: null,
    ...changes,
  };
}

const absent = aContainment({ level: "none", inForceSince: null });
const silent = aContainment({ level: "unconfirmed" });
const expiring = aContainment({ expiresAt: 5000 });
const expired = aContainment({ expiresAt: 5000, level: "none", refusal: "its time is over" });

const cases: readonly {
  name: string;
  before: readonly ReportedContainment[];
  after: readonly ReportedContainment[];
  said: readonly string[];
}[] = [
  { name: "a new one that holds", before: [], after: [aContainment()], said: ["in-force"] },
  { name: "one that waits for the kernel", before: [], after: [absent], said: [] },
  { name: "one that came to hold", before: [absent], after: [aContainment()], said: ["in-force"] },
  {
    name: "one that goes on holding",
    before: [aContainment()],
    after: [aContainment({ packetsStopped: 9 })],
    said: [],
  },
  { name: "one the kernel was silent on for a while", before: [silent], after: [aContainment()], said: [] },
  { name: "a new silence", before: [aContainment()], after: [silent], said: [] },
  { name: "one that is no longer wished", before: [aContainment()], after: [], said: ["released"] },
  { name: "one whose time is over", before: [expiring], after: [expired], said: ["expired"] },
  { name: "one whose time was over before", before: [expired], after: [], said: [] },
  { name: "one that left the wish as its time ended", before: [expiring], after: [], said: ["expired"] },
  {
    name: "one that is refused",
    before: [absent],
    after: [aContainment({ level: "none", refusal: "this is the gateway" })],
    said: ["refused"],
  },
  {
    name: "one that stays refused",
    before: [aContainment({ level: "none", refusal: "this is the gateway" })],
    after: [aContainment({ level: "none", refusal: "this is the gateway" })],
    said: [],
  },
  { name: "a simulated one", before: [], after: [aContainment({ level: "simulated" })], said: ["in-force"] },
];

for (const { name, before, after, said } of cases) {
  test(`${name}: ${said.join(", ") || "nothing is said"}`, () => {
    assert.deepEqual(
      containmentChanges(before, after, context).map(({ change }) => change),
      said,
    );
  });
}

test("a simulated containment never says that something is stopped", () => {
  const [change] = containmentChanges([], [aContainment({ level: "simulated" })], context);
  assert.match(change?.text ?? "", /nothing is stopped/);
});

test("what the policy took says so with its ledger, and why it ended", () => {
  const text = "Tried 12 mail servers, of 7 providers within 2 s.";
  const automatic: ReportedAutomatic = {
    ...aContainment({ id: "a1", author: "Cordon, policy contain", reason: `Infected: ${text}` }),
    evidence: [{ kind: "mail-fan-out", for: true, weight: 6, count: 12, firstAt: 1, lastAt: 2, text }],
  };
  const [taken] = containmentChanges([], [automatic], context);
  assert.match(
    taken?.text ?? "",
    /^Cut from the Internet but for remedies; .* By Cordon, policy contain\. Infected: Tried 12 mail serv/,
  );
  const [gone] = containmentChanges([automatic], [], context);
  assert.deepEqual(
    [gone?.change, gone?.text],
    ["released", "Released; 7 packets were stopped while it held. ann released it: cleaned"],
  );
  const [long] = containmentChanges([], [{ ...automatic, reason: "x".repeat(500) }], context);
  assert.equal(long?.text.length, 400, "as much as a notice takes");
});
