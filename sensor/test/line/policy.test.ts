import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { AutomaticContainment, SiteProfile } from "@cordon/contract";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { SensorError } from "../../src/errors.ts";
import { hostOf } from "./operator.ts";
import { machine, quarantinedInKernel, standingOffice, type StandingOffice } from "./standing-office.ts";
import { slow } from "../slow-tests.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;

/** Packets of one machine that reached the provider's side so far. */
async function arrived(office: StandingOffice, name: string): Promise<number> {
  const counts = (await office.lab.witness()).byHost.get(name);
  assert.ok(counts, `the witness does not know ${name}`);
  return Object.values(counts).reduce((sum, { packets }) => sum + packets, 0);
}

/** Looks until it holds; milliseconds that took. */
async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > timeoutMs)
      throw new SensorError("not-reached", `not within ${timeoutMs} ms: ${what}`);
    await delay(100);
  }
  return performance.now() - startedAt;
}

async function isCapturing(office: StandingOffice): Promise<boolean> {
  const { stdout } = await office.lab.exec("sensor", ["cat", "/proc/net/netfilter/nfnetlink_log"]);
  return stdout.trim() !== "";
}

/** What the box's own disk says that its policy holds. */
async function heldOnDisk(stateDir: string): Promise<readonly AutomaticContainment[]> {
  const text = await readFile(join(stateDir, "automatic.json"), "utf8");
  return (JSON.parse(text) as { readonly taken: readonly AutomaticContainment[] }).taken;
}

test(
  "under `contain` the infected are cut off by nobody, and whom a person releases stays free although it goes on",
  { skip: allowed.ok ? slow : allowed.reason, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 4242);
    const { lab, operator } = office;
    const [mailer, worm] = [machine(office, "mass-mailer"), machine(office, "worm")];
    const { id } = await operator.site();
    await operator.setPolicy(id, "contain");
    const run = await lab.run(officeOutbreak);
    const cut = await operator.until("both are cut off", 90_000, (site) =>
      [mailer, worm].every(({ mac }) =>
        site.hosts
          .find(({ host }) => host === mac)
          ?.containments.some(({ automatic, level }) => automatic && level === "internet-cut"),
      ),
    );
    const seen = hostOf(cut, mailer.mac);
    const [containment] = seen.containments;
    assert.equal(seen.containments.length, 1, "the throttle before it has gone");
    assert.equal(containment?.author, "Cordon, policy contain");
    assert.ok(containment.evidence.some(({ kind }) => kind === "mail-fan-out"));
    t.diagnostic(
      `cut ${(((containment.inForceSince ?? 0) - (seen.infectedAt ?? 0)) / 1000).toFixed(2)} s after the verdict`,
    );
    assert.deepEqual((await quarantinedInKernel(office)).toSorted(), [mailer.mac, worm.mac].toSorted());
    for (const host of lab.facts.hosts) {
      if (host.mac === mailer.mac || host.mac === worm.mac) continue;
      assert.deepEqual(
        cut.hosts.find((each) => each.host === host.mac)?.containments ?? [],
        [],
        `${host.name} is held`,
      );
    }
    const atCut = await arrived(office, mailer.name);
    await operator.until(
      "the kernel's counter shows what it still tries",
      30_000,
      (site) => (hostOf(site, mailer.mac).containments[0]?.packetsStopped ?? 0) > 20,
    );
    assert.equal(await arrived(office, mailer.name), atCut, "packets of the mailer reached the provider");

    // The judge dies again and again: nothing is let go, and nothing is taken anew.
    const before = await heldOnDisk(join(office.folder, "sensor"));
    for (let kills = 0; kills < 3; kills += 1) {
      assert.ok((await lab.kill("judge")).length > 0);
      for (let looks = 0; looks < 25; looks += 1) {
        assert.equal((await quarantinedInKernel(office)).length, 2, "a crash let somebody go");
        await delay(100);
      }
    }
    assert.deepEqual(
      (await heldOnDisk(join(office.folder, "sensor"))).map((held) => held.id).toSorted(),
      before.map((held) => held.id).toSorted(),
    );
    assert.equal(await arrived(office, mailer.name), atCut, "a crash let packets through");

    await operator.release(id, containment.id);
    const free = await operator.until(
      "the mailer is free",
      15_000,
      (site) => hostOf(site, mailer.mac).containments.length === 0,
    );
    assert.equal(hostOf(free, mailer.mac).pardon?.author, "operator");
    await until("it mails again", 60_000, async () => (await arrived(office, mailer.name)) > atCut + 20);
    for (let looks = 0; looks < 30; looks += 1) {
      assert.deepEqual(await quarantinedInKernel(office), [worm.mac], "a person's release was undone");
      await delay(100);
    }
    const after = hostOf(await operator.site(), mailer.mac);
    assert.deepEqual([after.verdict, after.containments], ["infected", []]);
    await run.stop();
  },
);

// A preload for the sensor's processes, in whose eyes it is twenty years ago.
const longAgo = `const real = Date.now; Date.now = () => real() - 20 * 365 * 86_400_000;`;

test(
  "without a controller the policy cuts, spares a declared server, and ends what has expired by a clock that is wrong",
  { skip, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 31_337);
    const { lab, operator, folder } = office;
    const [mailer, worm] = [machine(office, "mass-mailer"), machine(office, "worm")];
    const stateDir = join(folder, "sensor");
    const profilePath = join(folder, "declared.json");
    const restart = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
      await lab.stopSensor();
      await lab.startSensor({ profilePath, stateDir, env });
      await until("it captures", 20_000, () => isCapturing(office));
    };
    await operator.setPolicy((await operator.site()).id, "contain");
    const profile = JSON.parse(await readFile(join(folder, "site-profile.json"), "utf8")) as SiteProfile;
    await writeFile(profilePath, JSON.stringify({ ...profile, declared: [{ mac: worm.mac, role: "server" }] }));
    await office.controller.close();
    await restart();
    const run = await lab.run(officeOutbreak);
    await until("the mailer is cut off", 90_000, async () => (await quarantinedInKernel(office)).includes(mailer.mac));
    const atCut = await arrived(office, mailer.name);
    const wormAt = await arrived(office, worm.name);
    // Long enough for the scanner to be convicted as well.
    await until("the worm scans on", 60_000, async () => (await arrived(office, worm.name)) > wormAt + 200);
    assert.deepEqual(await quarantinedInKernel(office), [mailer.mac], "a declared server was cut off");
    assert.equal(await arrived(office, mailer.name), atCut, "packets of the mailer reached the provider");
    await run.stop();

    const [held] = await heldOnDisk(stateDir);
    assert.equal(held?.host, mailer.mac);
    await lab.stopSensor();
    // The judge has forgotten the machine, and its day is nearly over.
    await rm(join(stateDir, "judge.json"));
    const memory = JSON.parse(await readFile(join(stateDir, "agent.json"), "utf8")) as { readonly trustedAt: number };
    const taken = [{ ...held, expiresAt: memory.trustedAt + 12_000 }];
    await writeFile(join(stateDir, "automatic.json"), JSON.stringify({ version: 1, taken }));
    await writeFile(join(folder, "long-ago.mjs"), longAgo);
    const startedAt = performance.now();
    await restart({ NODE_OPTIONS: `--import=${join(folder, "long-ago.mjs")}` });
    assert.deepEqual(await quarantinedInKernel(office), [mailer.mac], "the start let it go");
    await until("it says that its clock is wrong", 10_000, () =>
      Promise.resolve(lab.logs().some((line) => /The box's clock is wrong: it says 20\d\d/.test(line))),
    );
    await until("its time is over", 30_000, async () => (await quarantinedInKernel(office)).length === 0);
    const tookMs = performance.now() - startedAt;
    t.diagnostic(`expired ${(tookMs / 1000).toFixed(1)} s after the start`);
    // What passes between two lives is not counted, so it never ends early.
    assert.ok(tookMs >= 11_000, "it ended too early");
    assert.deepEqual(await heldOnDisk(stateDir), []);
  },
);

test(
  "a box that never heard of a controller, with the line dead, stops a scanner's way of spreading under `guard`",
  { skip: allowed.ok ? slow : allowed.reason, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 7);
    const { lab, folder } = office;
    const worm = machine(office, "worm");
    const profile = JSON.parse(await readFile(join(folder, "site-profile.json"), "utf8")) as SiteProfile;
    const profilePath = join(folder, "guard.json");
    await writeFile(profilePath, JSON.stringify({ ...profile, policy: "guard" }));
    await lab.stopSensor();
    await office.controller.close();
    const stateDir = join(folder, "fresh");
    await lab.startSensor({ profilePath, stateDir });
    await until("it captures", 20_000, () => isCapturing(office));
    const run = await lab.run(officeOutbreak);
    // The office works, so that the line is known; then it is cut, as the provider does.
    await delay(4000);
    await lab.cutLine();
    const blocked = async (): Promise<string> =>
      (await lab.exec("sensor", ["nft", "list", "set", "bridge", "cordon", "vector_from"])).stdout;
    await until("the scanner's ports are shut", 90_000, async () => (await blocked()).includes(`${worm.mac} . 445`));
    assert.deepEqual(await quarantinedInKernel(office), [], "guard cuts nobody off");
    const held = await heldOnDisk(stateDir);
    assert.ok(held.some(({ host, kind, vector }) => host === worm.mac && kind === "vector" && vector === "smb"));
    assert.ok(held.every(({ author }) => author === "Cordon, policy guard"));
    const innocent = held.filter(
      ({ host }) => !lab.facts.hosts.some(({ mac, job }) => mac === host && (job === "worm" || job === "mass-mailer")),
    );
    assert.deepEqual(innocent, [], "an outage convicted somebody");
    await run.stop();
  },
);
