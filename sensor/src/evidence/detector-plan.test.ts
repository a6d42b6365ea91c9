import assert from "node:assert/strict";
import { test } from "node:test";
import { aContact } from "../connection/a-contact.ts";
import { contactKind } from "../connection/contact.ts";
import { portClasses, type PortClass } from "../connection/port-class.ts";
import type { Detector, Knock, Surroundings } from "./detector.ts";
import { DetectorPlan } from "./detector-plan.ts";
import { newDetectors } from "./detectors.ts";
import { Storms } from "./storms.ts";

const at = 1_000_000;

const surroundings: Surroundings = {
  answeredAt: () => at + 1_000_000,
  usersOf: () => 1,
  isOneSided: () => false,
  standsForMany: () => false,
  hasAnswered: () => false,
  storms: new Storms(),
  changeBefore: () => null,
};

const detectors = (): readonly Detector[] => newDetectors(surroundings, 0, null).all;

/** Eight hundred strangers of a class within a minute, called again and again, none of which answers. */
function playTo(detector: Detector, portClass: PortClass): boolean {
  let isWorthAsking = false;
  for (let index = 0; index < 800; index += 1) {
    const openedAt = at + index * 75;
    const fields = { portClass, remote: 0x1400_0000 + index * 1009, openedAt, resolution: "unknown" } as const;
    const contact = aContact({ ...fields, attempts: 6, unanswered: 5, attemptAt: openedAt, outcome: "pending" });
    isWorthAsking = detector.opened?.(contact) === true || isWorthAsking;
    contact.outcome = "silent";
    isWorthAsking = detector.settled?.(contact, "pending") === true || isWorthAsking;
    isWorthAsking = detector.repeated?.(contact, contact.port) === true || isWorthAsking;
    isWorthAsking = detector.confirmed?.(contact) === true || isWorthAsking;
  }
  return isWorthAsking || detector.findings(at + 90_000).some(({ strength }) => strength > 0);
}

for (const [place, detector] of detectors().entries()) {
  const { classes } = detector;
  if (classes === undefined) continue;
  test(`${detector.constructor.name} has nothing to say of contacts that it is not told of`, () => {
    const kinds = new Set(classes.map(contactKind));
    for (const portClass of portClasses) {
      if (kinds.has(contactKind(portClass))) continue;
      const fresh = detectors()[place];
      assert.ok(fresh !== undefined);
      assert.equal(playTo(fresh, portClass), false, portClass);
    }
  });
}

for (const [place, { ignores = [], constructor }] of detectors().entries()) {
  if (ignores.length === 0) continue;
  test(`${constructor.name} has nothing to say of ${ignores.join(" and ")}`, () => {
    for (const portClass of portClasses) {
      const fresh = detectors()[place];
      assert.ok(fresh !== undefined);
      for (let index = 0; index < 800; index += 1) {
        const fields = { portClass, remote: 0x1400_0000 + index * 1009, openedAt: at + index * 75 } as const;
        const contact = aContact({ ...fields, resolution: "unknown" });
        if (ignores.includes("openings")) assert.notEqual(fresh.opened?.(contact), true);
        contact.outcome = "established";
        contact.answeredAt = contact.openedAt + 20;
        if (ignores.includes("answers")) assert.notEqual(fresh.settled?.(contact, "pending"), true);
      }
      assert.deepEqual(fresh.findings(at + 90_000), []);
    }
  });
}

test("whoever cares for one port of worms is told of all, for the table takes them for one", () => {
  const all = detectors();
  const plan = new DetectorPlan(all);
  const relay = all.findIndex(({ constructor }) => constructor.name === "TelnetRelay");
  assert.ok(plan.opened[contactKind("smb")]?.includes(relay) === true);
  assert.ok(plan.opened[contactKind("web")]?.includes(relay) === false);
});

test("of a knock those are told whom its manner concerns", () => {
  const all = detectors();
  const plan = new DetectorPlan(all);
  const told = (manner: Knock["manner"]): string[] =>
    plan.knocked[manner].map((place) => all[place]?.constructor.name ?? "");
  assert.deepEqual(told("syn").sort(), ["HandMade", "PortScan"]);
  assert.deepEqual(told("bare"), ["ProtocolScan"]);
});
