import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { servicesIn, exposuresIn, mostExposure } from "./unit-exposure.ts";

const units = join(import.meta.dirname, "../layers/files/root/etc/systemd/system");

/** Why nobody here can say how exposed a unit is; false where somebody can. */
function whyNot(): string | false {
  try {
    const [, version] =
      /^systemd (\d+)/.exec(execFileSync("systemd-analyze", ["--version"], { encoding: "utf8" })) ?? [];
    return Number(version) >= 250 ? false : `systemd-analyze ${version} looks at no files of units, 250 and later do`;
  } catch {
    return "this machine has no systemd-analyze (Debian's systemd)";
  }
}

test("no unit is more exposed than what was promised", { skip: whyNot() }, (t) => {
  const root = mkdtempSync(join(tmpdir(), "cordon-units-"));
  t.after(() => rmSync(root, { recursive: true }));
  cpSync(units, join(root, "etc/systemd/system"), { recursive: true, verbatimSymlinks: true });
  const services = servicesIn(readdirSync(units));
  assert.ok(services.length > 10);
  const told = execFileSync(
    "systemd-analyze",
    ["security", "--offline=yes", `--root=${root}`, "--no-pager", ...services],
    { encoding: "utf8", maxBuffer: 4 << 20 },
  );
  const exposures = exposuresIn(told);
  for (const [name, exposure] of exposures) t.diagnostic(`${name}: ${exposure}`);
  assert.equal(exposures.size, services.length);
  assert.deepEqual(
    [...exposures].filter(([, exposure]) => exposure > mostExposure),
    [],
  );
});

test("what runs with all rights is what has to, and no more", () => {
  const free = servicesIn(readdirSync(units)).flatMap((name) =>
    [...readFileSync(join(units, name), "utf8").matchAll(/^Exec\w+=[-@:]*\+(.*)$/gm)].map(
      ([, what]) => `${name}: ${what}`,
    ),
  );
  // The figure above says nothing of these.
  assert.deepEqual(free.toSorted(), [
    "cordon-data.service: /usr/bin/nsenter --target 1 --mount /usr/lib/cordon/mount-data",
    "cordon-data.service: /usr/lib/cordon/load-ciphers",
    "cordon-update.service: /usr/bin/mkdir -p -m 700 /var/lib/cordon/held/update",
    "cordon-wipe.service: /bin/rm -f /run/cordon/sensor/judge/wipe-order",
    "cordon-wipe.service: /usr/bin/nsenter --target 1 --mount /usr/lib/cordon/forget",
  ]);
});
