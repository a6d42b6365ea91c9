import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPlan } from "../../../../provision/src/site/check-plan.ts";
import { emptyDraft, planOf } from "./box-plan.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

test("what is typed becomes a plan that the controller takes, and nothing that was left empty is in it", () => {
  const least = { ...emptyDraft, name: " Office ", host: "cordon.example.net" };
  assert.deepEqual(planOf(least), {
    ...{ version: 1, name: "Office", placement: "auto", policy: "observe" },
    controller: { host: "cordon.example.net" },
  });
  const plan = planOf({
    ...least,
    placement: "lan",
    networks: "192.168.1.0/24, 10.0.0.0/8",
    ...{ inside: "02:00:5e:10:00:0a", outside: "02-00-5E-10-00-0B", isPppoe: true, vlan: "7" },
    ...{ address: "192.168.1.5/24", router: "192.168.1.1" },
    ...{ ownResolvers: "192.168.1.1, 9.9.9.9", resolvers: "192.168.1.1" },
    machines: "02:00:5e:10:00:01 mail-server\n\n02:00:5e:10:00:02 backup",
    areas: "Front desk: 02:00:5e:10:00:03, 02:00:5e:10:00:04",
    contacts: "Anna Brandt, +49 30 1234, anna@brandt.example, when the line is dead",
    ...{ allowedBy: "Anna", allowedAs: "manager", allowedOn: "2026-11-29", allowedUntil: "2026-12-31" },
  });
  const checked = checkPlan(plan, now);
  assert.ok(checked.ok, JSON.stringify(checked));
  assert.deepEqual(checked.plan.management?.resolvers, ["192.168.1.1", "9.9.9.9"]);
  assert.deepEqual(checked.plan.areas, [{ name: "Front desk", machines: ["02:00:5e:10:00:03", "02:00:5e:10:00:04"] }]);
  assert.deepEqual(checked.plan.contacts?.[0], {
    ...{ name: "Anna Brandt", phone: "+49 30 1234", email: "anna@brandt.example", for: "when the line is dead" },
  });
  assert.equal(checked.plan.line?.vlan, 7);
  const odd = checkPlan(planOf({ ...least, vlan: "seven" }), now);
  assert.deepEqual(odd.ok ? [] : odd.faults.map(({ path }) => path), [["line", "vlan"]]);
});
