import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { namespacesAllowed, type SensorRole } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { SensorError } from "../../src/errors.ts";
import { hostOf } from "./operator.ts";
import { machine, quarantinedInKernel, standingOffice, type StandingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;

/** Counts the packets of these addresses on either side of the box, in router and switch, by their own kernels. */
async function countOnBothSides(office: StandingOffice, addresses: readonly string[]): Promise<void> {
  const machines = `{ ${addresses.join(", ")} }`;
  const rules = {
    router: `table ip both {
      chain down { type filter hook postrouting priority 300; oifname "lan0" ip daddr ${machines} counter; }
      chain up { type filter hook prerouting priority -300; iifname "lan0" ip saddr ${machines} counter; }
    }`,
    switch: `table bridge both {
      chain down { type filter hook forward priority 0; iifname "up0" ip daddr ${machines} counter; }
      chain up { type filter hook forward priority 0; oifname "up0" ip saddr ${machines} counter; }
    }`,
  };
  for (const [place, text] of Object.entries(rules)) {
    const loaded = await office.lab.exec(place, ["nft", text]);
    assert.equal(loaded.code, 0, loaded.stderr);
  }
}

async function countedAt(office: StandingOffice, place: "router" | "switch"): Promise<{ up: number; down: number }> {
  const { stdout } = await office.lab.exec(place, [
    "nft",
    "list",
    "table",
    place === "router" ? "ip" : "bridge",
    "both",
  ]);
  const count = (chain: string): number =>
    Number(new RegExp(`chain ${chain} [\\s\\S]*?counter packets (\\d+)`).exec(stdout)?.[1]);
  return { up: count("up"), down: count("down") };
}

/** Packets that entered the box on one side and did not leave it on the other, once all are through. */
async function lostInTheBox(office: StandingOffice): Promise<{ readonly lost: number; readonly passed: number }> {
  for (let tries = 0; ; tries += 1) {
    // Read in the order in which packets pass, so that those still under way cannot hide a loss.
    const inside = await countedAt(office, "switch");
    const outside = await countedAt(office, "router");
    const again = await countedAt(office, "switch");
    const isAtRest = again.down === inside.down && again.up === inside.up;
    const lost = Math.abs(outside.down - again.down) + Math.abs(again.up - outside.up);
    if ((isAtRest && lost === 0) || tries === 50) return { lost, passed: again.up + again.down };
    await delay(50);
  }
}

/** Whether a reader is bound to the kernel's log. */
async function isCapturing(office: StandingOffice): Promise<boolean> {
  const { stdout } = await office.lab.exec("sensor", ["cat", "/proc/net/netfilter/nfnetlink_log"]);
  return stdout.trim() !== "";
}

/** Waits until other processes than those killed do the work; milliseconds since the kill. */
async function backAfter(office: StandingOffice, role: SensorRole, killed: readonly number[]): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const roles = await office.lab.sensorProcesses();
    const isThere = (wanted: SensorRole): boolean =>
      roles.some((process) => process.role === wanted && !killed.includes(process.pid));
    if (isThere(role) && isThere("reader") && isThere("executor") && (await isCapturing(office))) {
      return performance.now() - startedAt;
    }
    if (performance.now() - startedAt > 10_000) throw new SensorError("not-back", `${role} is not back after 10 s`);
    await delay(20);
  }
}

test(
  "reader, judge and executor are killed during downloads: nothing is lost, the quarantine holds, they are back within 3 s",
  {
    skip,
    timeout: 240_000,
  },
  async (t) => {
    const office = await standingOffice(t, 31_337);
    const { lab, operator } = office;
    const mailer = machine(office, "mass-mailer");
    const run = await lab.run(officeOutbreak);
    const named = await operator.until(
      "the mailer is named",
      60_000,
      (site) => site.hosts.find((host) => host.host === mailer.mac)?.verdict === "infected",
    );
    await operator.cutOff(named.id, mailer.mac);
    await operator.until("the cut is in force", 10_000, (site) =>
      hostOf(site, mailer.mac).containments.some((cut) => cut.level === "internet-cut"),
    );

    const neighbours = lab.facts.hosts.filter((host) => host.job === "workstation").map((host) => host.name);
    const addresses = lab.facts.hosts.filter((host) => host.job === "workstation").map((host) => host.address);
    await countOnBothSides(office, addresses);
    const packetsBefore = (await lab.witness()).byHost.get(mailer.name);
    let isDone = false;
    const downloading = (async (): Promise<number> => {
      let downloads = 0;
      while (!isDone) {
        const report = await lab.downloads({ hosts: neighbours.slice(0, 3), count: 2, bytes: 4_000_000 });
        assert.deepEqual(report.reasons, []);
        downloads += report.ok;
      }
      return downloads;
    })();
    for (const role of ["reader", "judge", "executor"] as const) {
      const killed = await lab.kill(role);
      assert.ok(killed.length > 0, `there was no ${role} to kill`);
      const tookMs = await backAfter(office, role, killed);
      t.diagnostic(`${role}: back and capturing ${Math.round(tookMs)} ms after SIGKILL`);
      assert.ok(tookMs <= 3000, `${role} was back only after ${Math.round(tookMs)} ms`);
      assert.deepEqual(await quarantinedInKernel(office), [mailer.mac]);
    }
    isDone = true;
    t.diagnostic(`${await downloading} downloads, none failed`);
    await run.stop();
    const { lost, passed } = await lostInTheBox(office);
    t.diagnostic(`${passed} packets passed the box, ${lost} were lost in it`);
    assert.ok(passed > 1000);
    assert.equal(lost, 0);
    assert.deepEqual((await lab.witness()).byHost.get(mailer.name), packetsBefore, "the quarantine leaked");
    const after = await operator.until(
      "the sensor reports the cut again",
      15_000,
      (site) =>
        site.sensor.state === "online" &&
        hostOf(site, mailer.mac).containments.some((cut) => cut.level === "internet-cut"),
    );
    assert.equal(hostOf(after, mailer.mac).verdict, "infected");
  },
);
