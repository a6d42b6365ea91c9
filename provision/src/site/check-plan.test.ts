import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPlan, faultLine } from "./check-plan.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

const plan = {
  ...{ version: 1, name: "Office", placement: "lan", policy: "guard" },
  controller: { host: "cordon.example.net", port: 8883, fallbackPort: 443, url: "https://cordon.example.net" },
  networks: ["192.168.1.0/24", "10.0.0.0/8"],
  ports: { inside: "02:00:5e:10:00:0a", outside: "02:00:5e:10:00:0b", management: "02:00:5e:10:00:0c" },
  line: { pppoe: true, vlan: 7 },
  management: { address: "192.168.1.5/24", router: "192.168.1.1", resolvers: ["192.168.1.1"] },
  resolvers: ["192.168.1.1"],
  machines: [
    { mac: "02:00:5e:10:00:01", is: "server" },
    { mac: "02:00:5e:10:00:02", is: "backup" },
  ],
  areas: [{ name: "Desk", machines: ["02:00:5e:10:00:03", "02:00:5e:10:00:04"] }],
  contacts: [{ name: "Anna", phone: "+49 30 1234", email: "a@b.example", for: "anything" }],
  recording: { by: "Anna", role: "boss", date: "2026-11-29", until: "2026-12-31", machine: "02:00:5e:10:00:01" },
};
const gateway = {
  ...{ version: 1, name: "Bench", placement: "gateway", controller: { host: "192.0.2.9" } },
  gateway: { inside: "10.9.8.1/24", outside: { address: "192.168.1.6/24", router: "192.168.1.1" } },
};

/** Every copy of it with this in the place of one part, and where that is. */
function* spoiled(value: unknown, part: unknown): Generator<readonly [where: string, copy: unknown]> {
  if (typeof value === "object" && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      for (const [where, copy] of spoiled(each, part)) {
        const all = Array.isArray(value)
          ? value.map((other: unknown, index) => (String(index) === key ? copy : other))
          : { ...value, [key]: copy };
        const name = Array.isArray(value) ? `[${Number(key) + 1}]` : `.${key}`;
        yield [`${name}${where}`, all];
      }
    }
  }
  yield ["", part];
}

test("of what has no right form that alone is told, and nothing that would follow from it", () => {
  for (const whole of [plan, gateway]) {
    assert.ok(checkPlan(whole, now).ok);
    for (const part of [{ a: 1 }, [[]], "\u0000", -1]) {
      for (const [where, copy] of spoiled(whole, part)) {
        const checked = checkPlan(copy, now);
        const lines = checked.ok ? [] : checked.faults.map((fault) => faultLine(fault));
        const strange = lines.filter((line) => !`.${line}`.startsWith(where) && where !== "");
        assert.deepEqual(strange, [], `${where}: ${JSON.stringify(part)}`);
        assert.notEqual(lines.length, 0, `${where}: ${JSON.stringify(part)}`);
      }
    }
  }
});
