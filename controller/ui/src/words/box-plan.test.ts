import assert from "node:assert/strict";
import { test } from "node:test";
import { Sentences } from "../../../src/language/sentences.ts";
import german from "../../languages/de.json" with { type: "json" };
import { checkPlan } from "../../../../provision/src/site/check-plan.ts";
import { emptyDraft, faultWords, isLoopback, isOwnUrl, labelUrl, planOf, type PlacementChoice } from "./box-plan.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

test("what is typed becomes a plan that the controller takes, and nothing that was left empty is in it", () => {
  const least = { ...emptyDraft, name: " Office ", host: "cordon.example.net" };
  assert.deepEqual(planOf(least), {
    ...{ version: 1, name: "Office", placement: "auto", policy: "observe" },
    controller: { host: "cordon.example.net" },
  });
  const mirror = planOf({ ...least, placement: "mirror", policy: "contain" });
  assert.ok(checkPlan(mirror, now).ok, "a box there is asked for no policy");
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

test("what another place does not ask for is not in its plan, so no fault names it", () => {
  const full = {
    ...emptyDraft,
    ...{ name: "Office", host: "cordon.example.net", port: "18883", fallback: "8443", isPppoe: true, vlan: "7" },
    ...{ management: "02:00:5e:10:00:0c", inside: "02:00:5e:10:00:0a", outside: "02:00:5e:10:00:0b" },
    ...{ address: "192.168.1.5/24", router: "192.168.1.1", ownResolvers: "192.168.1.1" },
    ...{ gatewayInside: "10.0.9.1/24", gatewayAddress: "192.168.1.6/24", gatewayRouter: "192.168.1.1" },
    ...{ machines: "02:00:5e:10:00:01 backup", areas: "Desk: 02:00:5e:10:00:01" },
  };
  for (const placement of ["auto", "lan", "wan", "mirror", "gateway"] satisfies PlacementChoice[]) {
    const checked = checkPlan(planOf({ ...full, placement }), now);
    assert.ok(checked.ok, `${placement}: ${JSON.stringify(checked)}`);
    assert.deepEqual([checked.plan.controller.port, checked.plan.controller.fallbackPort], [18_883, 8443]);
    assert.equal(checked.plan.gateway?.outside?.address, placement === "gateway" ? "192.168.1.6/24" : undefined);
    assert.deepEqual(checked.plan.management?.resolvers, placement === "gateway" ? undefined : ["192.168.1.1"]);
  }
});

test("what is wrong is told by the form's own names", () => {
  const said = {
    'controller.host: "a b" cannot be it; no': 'Where does it find this controller: "a b" cannot be it; no.',
    "contacts[2].phone: 1 cannot be it": "Whom to call, no. 2: 1 cannot be it.",
    "management.resolvers: is missing": "The name servers there: is missing.",
    "gateway.outside.router: is missing": "The router beyond it: is missing.",
    "recording.date: x": "Recordings allowed on which day: x.",
    "the whole: here stand more fields": "The whole: here stand more fields.",
  };
  for (const [fault, words] of Object.entries(said)) assert.equal(faultWords(fault), words);
});

test("an address of the machine itself is known as one", () => {
  assert.deepEqual(["localhost", "127.0.0.1", "[::1]", "192.0.2.1", "cordon.example.net"].map(isLoopback), [
    ...[true, true, true, false, false],
  ]);
});

test("the code on a label leads nobody to his own telephone", () => {
  const origins = [
    "https://cordon.example.net",
    "https://localhost:8420",
    "http://127.0.0.1:8420",
    "http://10.0.0.5:8420",
  ];
  assert.deepEqual(origins.map(labelUrl), ["https://cordon.example.net", "", "", ""]);
  const typed = [
    "https://127.0.0.1/",
    " https://office.localhost ",
    "https://[::1]:8420",
    "https://cordon.example.net",
    "cordon",
  ];
  assert.deepEqual(typed.map(isOwnUrl), [true, true, true, false, false]);
});

test("what is wrong with a plan is told in German to whoever reads it in German", () => {
  const reports = new Sentences(new Map(Object.entries(german.reports)));
  const bad = {
    ...{ ...emptyDraft, name: "Office", host: "a b", url: "cordon", port: "ninety", fallback: "99999" },
    ...{ networks: "all 0.0.0.0/0", inside: "02:00", outside: "03:00:5e:10:00:0b", management: "x", vlan: "5000" },
    ...{ address: "192.168.1.0/24", router: "10.0.0.1", resolvers: "0.0.0.0 x", ownResolvers: "y" },
    ...{ machines: "02:00:5e:10:00:01 bakcup", areas: "Desk: nobody", contacts: "Anna\nOtto, +1" },
    ...{ allowedBy: "Anna", allowedAs: "boss", allowedOn: "2026-02-31", allowedUntil: "soon" },
  };
  const odd = {
    ...{ ...emptyDraft, name: "Office", host: "0.0.0.0", placement: "gateway" as const },
    ...{ gatewayInside: "10.0.9.0/30", gatewayAddress: "10.0.9.2/30", gatewayRouter: "10.0.9.2" },
  };
  const strange = {
    ...{ ...emptyDraft, name: "Office\u202e", host: "192.168.1.5", placement: "lan" as const },
    ...{ address: "192.168.1.5/24", router: "192.168.1.1", url: "https://a:b@cordon.example.net" },
    ...{ networks: "127.0.0.0/8 10.0.0.0/8 10.1.0.0/8", machines: "ff:ff:ff:ff:ff:ff server", areas: "Desk:" },
    ...{ inside: "01:00:5e:10:00:0a", outside: "02:00:5e:10:00:0b", vlan: "seven" },
  };
  const hosts = ["255.255.255.255", "fe80::1"].map((host) => ({
    ...emptyDraft,
    name: "Office",
    host,
    url: "https://[",
  }));
  const faults = [bad, odd, strange, ...hosts].flatMap((draft) => {
    const checked = checkPlan(planOf(draft), now);
    return checked.ok ? [] : checked.faults.map(({ text }) => text);
  });
  for (const more of [
    { placement: "mirror", policy: "contain" },
    {
      placement: "gateway",
      ports: { inside: "02:00:5e:10:00:0a", outside: "02:00:5e:10:00:0b", management: "02:00:5e:10:00:0c" },
    },
  ]) {
    const checked = checkPlan({ version: 1, name: "Office", controller: { host: "192.0.2.9" }, ...more }, now);
    faults.push(...(checked.ok ? [] : checked.faults.map(({ text }) => text)));
  }
  assert.ok(faults.length > 15, String(faults.length));
  for (const fault of faults) {
    const said = reports.said(fault);
    assert.doesNotMatch(said, /\b(is|allowed|cannot|such as|the)\b/, `${fault} => ${said}`);
  }
});
