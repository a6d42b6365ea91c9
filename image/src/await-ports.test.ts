import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const script = join(import.meta.dirname, "../layers/files/initramfs/usr/lib/cordon/ports");
const [first, second, third] = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"];

// Two ports are there from the start; the third after three seconds, and then all drivers are. Time is counted in sleeps.
const world = `
add_port() { mkdir -p "$home/net/$1/device"; echo "$2" >"$home/net/$1/address"; }
add_port eth0 ${first}
add_port eth1 ${second}
now=0
look_at_clock() { :; }
sleep() {
  now=$((now + 1))
  [ $now -ne 30 ] || { add_port eth2 ${third}; : >"$home/run/boot/drivers-loaded"; }
}
await_ports
echo $now`;

for (const { name, ports, waits } of [
  { name: "nothing was said", ports: null, waits: 33 },
  { name: "no line of it says anything", ports: `inside0=${second}\noutside0=${third}\n`, waits: 33 },
  { name: "the management port alone is named", ports: `mgmt0 ${first}\n`, waits: 33 },
  { name: "one port of the line alone is named", ports: `inside0 ${second}\ninside0 ${second}\n`, waits: 33 },
  { name: "both ports of the line are there", ports: `inside0 ${first}\r\noutside0 ${second}`, waits: 0 },
  { name: "a port of the line comes late", ports: `inside0 ${second}\noutside0 ${third}\n`, waits: 30 },
  { name: "a port of the line never comes", ports: `inside0 ${first}\noutside0 02:00:00:00:00:04\n`, waits: 100 },
]) {
  test(`where ${name}, the line waits for ${waits} tenths of a second`, (t) => {
    const home = mkdtempSync(join(tmpdir(), "cordon-ports-"));
    t.after(() => rmSync(home, { recursive: true }));
    for (const folder of ["run/boot", "run/provision"]) mkdirSync(join(home, folder), { recursive: true });
    if (ports !== null) writeFileSync(join(home, "run/provision/ports"), ports);
    const text = readFileSync(script, "utf8")
      .replaceAll("/run/cordon", "$home/run")
      .replaceAll("/sys/class/net", "$home/net");
    const { stdout, stderr } = spawnSync("sh", ["-c", `${text}${world}`], {
      encoding: "utf8",
      env: { ...process.env, home },
    });
    assert.equal(stderr, "");
    assert.equal(stdout.trim(), String(waits));
  });
}
