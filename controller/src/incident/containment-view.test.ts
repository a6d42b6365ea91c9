import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level, Placement, ReportedContainment } from "@cordon/contract";
import { containmentView, isContained, type AskedContainment, type Hearing } from "./containment-view.ts";
import { timeTextOf } from "./time-text.ts";

const now = Date.UTC(2026, 10, 20, 14, 12, 57);
const time = timeTextOf(now, "UTC");
const host = "02:00:5e:00:00:07";

const asked = (more: Partial<AskedContainment> = {}): AskedContainment => ({
  id: "c-1",
  kind: "quarantine",
  vector: null,
  host,
  reason: "Infected",
  author: "operator",
  askedAt: now,
  expiresAt: null,
  isDropped: false,
  ...more,
});
const told = (level: Level, more: Partial<ReportedContainment> = {}): ReportedContainment => ({
  id: "c-1",
  kind: "quarantine",
  vector: null,
  host,
  reason: "Infected",
  author: "operator",
  startsAt: now,
  expiresAt: null,
  level,
  inForceSince: level === "none" ? null : now + 800,
  packetsStopped: 412,
  lastStoppedAt: now + 900,
  refusal: null,
  ...more,
});
const hearing = (placement: Placement | null, more: Partial<Hearing> = {}): Hearing => ({
  placement,
  reportedAt: placement === null ? null : now + 1_000,
  isSilent: false,
  ...more,
});

const cases: readonly {
  readonly name: string;
  readonly asked?: AskedContainment;
  readonly told: ReportedContainment | null;
  readonly hearing: Hearing;
  readonly level: Level;
  readonly text: string;
}[] = [
  {
    name: "asked, no report at all",
    told: null,
    hearing: hearing(null),
    level: "unconfirmed",
    text: "Asked 14:12:57 UTC; the box has not confirmed.",
  },
  {
    name: "asked, reports do not speak of it yet",
    told: null,
    hearing: hearing("lan"),
    level: "unconfirmed",
    text: "Asked 14:12:57 UTC; the box has not confirmed.",
  },
  {
    name: "reported as not confirmed",
    told: told("unconfirmed"),
    hearing: hearing("lan"),
    level: "unconfirmed",
    text: "Asked 14:12:57 UTC; the box has not confirmed.",
  },
  {
    name: "cut in lan",
    told: told("internet-cut"),
    hearing: hearing("lan"),
    level: "internet-cut",
    text: "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.",
  },
  {
    name: "cut in gateway",
    told: told("gateway-cut"),
    hearing: hearing("gateway"),
    level: "gateway-cut",
    text: "Cut from everything beyond the switch but for remedies; its neighbours on the switch can still reach it.",
  },
  {
    name: "a mirror cannot have cut, whatever it says",
    told: told("internet-cut"),
    hearing: hearing("mirror"),
    level: "none",
    text: "Cannot be cut from here. By hand: unplug it.",
  },
  {
    name: "nor can one before the router",
    told: told("internet-cut"),
    hearing: hearing("wan"),
    level: "none",
    text: "Cannot be cut alone from here. The line can be cut for everyone.",
  },
  {
    name: "a lan box cannot claim a gateway's cut",
    told: told("gateway-cut"),
    hearing: hearing("lan"),
    level: "internet-cut",
    text: "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.",
  },
  {
    name: "a vector block is no cut, whatever it says",
    asked: asked({ kind: "vector", vector: "mail" }),
    told: told("internet-cut", { kind: "vector", vector: "mail" }),
    hearing: hearing("lan"),
    level: "vector-stopped",
    text: "Its mail to the Internet is stopped; everything else still works.",
  },
  { name: "not stopped", told: told("none"), hearing: hearing("lan"), level: "none", text: "Not stopped." },
  {
    name: "simulated",
    told: told("simulated", { inForceSince: null }),
    hearing: hearing("lan"),
    level: "simulated",
    text: "Simulated: a capture file is being judged, nothing is stopped.",
  },
  {
    name: "cut, then the box fell silent",
    told: told("internet-cut"),
    hearing: hearing("lan", { isSilent: true }),
    level: "unconfirmed",
    text: "Was cut off when last heard, 14:12:58 UTC.",
  },
  {
    name: "vector, then the box fell silent",
    told: told("vector-stopped", { kind: "vector", vector: "smb" }),
    hearing: hearing("lan", { isSilent: true }),
    level: "unconfirmed",
    text: "Its Windows file sharing was stopped when last heard, 14:12:58 UTC.",
  },
];

for (const each of cases) {
  test(`level: ${each.name}`, () => {
    const view = containmentView(each.asked ?? asked(), each.told, each.hearing, time);
    assert.equal(view?.level, each.level);
    assert.equal(view?.levelText, each.text);
  });
}

test("releasing from the click on, while the sensor still holds it", () => {
  const view = containmentView(asked({ isDropped: true }), told("internet-cut"), hearing("lan"), time);
  assert.deepEqual([view?.releasing, view?.level, view?.packetsStopped], [true, "internet-cut", 412]);
});

test("an infection is contained by a cut or by stopping its own vector, as reported", () => {
  const mailer = { host, vector: "mail" } as const;
  const vector = (name: "mail" | "smb") => told("vector-stopped", { kind: "vector", vector: name });
  assert.equal(isContained(mailer, [], "lan"), false);
  assert.equal(isContained(mailer, [told("internet-cut")], "lan"), true);
  assert.equal(isContained(mailer, [vector("mail")], "lan"), true);
  assert.equal(isContained(mailer, [vector("smb")], "lan"), false);
  assert.equal(isContained(mailer, [told("unconfirmed")], "lan"), false);
  assert.equal(isContained(mailer, [told("simulated")], "lan"), false);
  assert.equal(isContained(mailer, [told("internet-cut")], "mirror"), false);
  assert.equal(isContained(mailer, [told("internet-cut", { host: "02:00:5e:00:00:08" })], "lan"), false);
});
