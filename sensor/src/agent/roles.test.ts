import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultGateway } from "@cordon/contract";
import { rolesOf, type RolesOptions } from "./roles.ts";

const options: RolesOptions = {
  program: ["node", "main.ts"],
  profilePath: "/profile.json",
  ports: { bridge: "br7", inside: "lan2", outside: "wan3" },
  placement: "lan",
  gateway: defaultGateway,
  state: "/state",
  run: "/run",
  capture: null,
  isRoot: true,
};

test("on the wire three processes run, each with the privileges of its role and ending with its parent", () => {
  const roles = rolesOf(options);
  assert.deepEqual(
    roles.map(({ role }) => role),
    ["executor", "judge", "reader"],
  );
  for (const { role, command } of roles) {
    assert.equal(command[0], "setpriv");
    assert.ok(command.includes(role));
    assert.ok(command.includes("--exit-with-parent"));
  }
});

test("the profile, with the key in it, is named to the judge alone; the others are told their ports", () => {
  const lines = new Map(rolesOf(options).map(({ role, command }) => [role, command.join(" ")]));
  assert.match(lines.get("judge") ?? "", /--profile \/profile\.json/);
  assert.match(lines.get("executor") ?? "", /--placement lan --bridge br7 --inside lan2 --outside wan3/);
  assert.match(lines.get("reader") ?? "", /--inside lan2/);
  for (const role of ["executor", "reader"] as const) assert.doesNotMatch(lines.get(role) ?? "", /profile/);
});

test("a gateway answers by its bridge, which knows on which of its ports a machine hangs", () => {
  const roles = rolesOf({ ...options, placement: "gateway" });
  const reader = roles.find(({ role }) => role === "reader");
  assert.match(reader?.command.join(" ") ?? "", /--inside br7 /);
});

test("a capture file needs the judge alone", () => {
  const roles = rolesOf({ ...options, capture: { path: "/office.pcap", isLoop: true } });
  assert.deepEqual(
    roles.map(({ role }) => role),
    ["judge"],
  );
  assert.ok(roles[0]?.command.join(" ").includes("--capture /office.pcap --loop"));
});

test("an ordinary user has no privileges to give up", () => {
  for (const { command } of rolesOf({ ...options, isRoot: false })) assert.equal(command[0], "node");
});
