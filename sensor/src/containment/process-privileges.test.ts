import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { withPrivilegesOf, type Role } from "./process-privileges.ts";

// CAP_NET_ADMIN is number 12, CAP_NET_RAW 13 (linux/capability.h).
const expected: Readonly<Record<Role, string>> = {
  reader: "0000000000003000",
  judge: "0000000000000000",
  executor: "0000000000001000",
  // With CAP_NET_BIND_SERVICE (10) and CAP_NET_RAW (13).
  names: "0000000000003400",
  tracker: "0000000000001000",
};

const probe = spawnSync("unshare", ["-Ur", "true"], { encoding: "utf8" });
const skip = probe.status === 0 ? false : "this machine allows no user namespaces";

for (const [role, capabilities] of Object.entries(expected) as [Role, string][]) {
  test(`the ${role} has its capabilities and no way to more`, { skip }, () => {
    const command = withPrivilegesOf(role, ["grep", "-E", "^(Cap|NoNewPrivs)", "/proc/self/status"]);
    const { stdout, stderr } = spawnSync("unshare", ["-Ur", ...command], { encoding: "utf8" });
    const status = Object.fromEntries(stdout.split("\n").map((line) => line.split(":\t")));
    assert.deepEqual(
      { eff: status.CapEff, prm: status.CapPrm, bnd: status.CapBnd, amb: status.CapAmb, noNew: status.NoNewPrivs },
      { eff: capabilities, prm: capabilities, bnd: capabilities, amb: "0".repeat(16), noNew: "1" },
      stderr,
    );
  });
}
