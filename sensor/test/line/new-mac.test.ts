import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dhcpRequest } from "../../lab/activities/announce.ts";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { SensorError } from "../../src/errors.ts";
import { hostOf } from "./operator.ts";
import { machine, quarantinedInKernel, standingOffice, type StandingOffice } from "./standing-office.ts";
import { slow } from "../slow-tests.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? slow : allowed.reason;

const newMac = "02:00:5e:99:00:01";
const visitorMac = "02:00:5e:99:00:02";
const longAgoMs = 2 * 3_600_000;

async function at(office: StandingOffice, place: string, ...argv: string[]): Promise<string> {
  const done = await office.lab.exec(place, argv);
  assert.equal(done.code, 0, `${argv.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > timeoutMs) throw new SensorError("not-reached", `not in time: ${what}`);
    await delay(100);
  }
}

/** As if the box had watched the office for long: else it only learns who is there. */
async function haveWatched(office: StandingOffice): Promise<void> {
  const { lab, folder } = office;
  const stateDir = join(folder, "sensor");
  await lab.stopSensor();
  const path = join(stateDir, "judge.json");
  const known = JSON.parse(await readFile(path, "utf8")) as { startedAt: number };
  await writeFile(path, JSON.stringify({ ...known, startedAt: known.startedAt - longAgoMs }));
  await lab.startSensor({ profilePath: join(folder, "site-profile.json"), stateDir });
  await until(
    "it captures",
    20_000,
    async () => (await at(office, "sensor", "cat", "/proc/net/netfilter/nfnetlink_log")).trim() !== "",
  );
}

async function isOnProbation(office: StandingOffice): Promise<boolean> {
  const rules = await at(office, "sensor", "nft", "list", "map", "bridge", "cordon", "reflex_rules");
  return rules.includes("* : goto reflex_probation");
}

test(
  "a quarantine is not escaped by a new MAC: probation bounds it, and who took the place is cut off too",
  { skip, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 4242);
    const { lab, operator } = office;
    const [mailer, worm] = [machine(office, "mass-mailer"), machine(office, "worm")];
    const { id } = await operator.site();
    await operator.setPolicy(id, "contain");
    const run = await lab.run(officeOutbreak);
    const before = await operator.until("both are cut off", 90_000, (site) =>
      [mailer, worm].every(({ mac }) =>
        site.hosts.find(({ host }) => host === mac)?.containments.some(({ level }) => level === "internet-cut"),
      ),
    );
    await haveWatched(office);
    await until("the kernel bounds whoever is not known", 20_000, () => isOnProbation(office));

    // A machine that nobody knows and that does no harm: slowed down where a person sees it, until he says otherwise.
    const desk = machine(office, "workstation");
    await at(office, desk.name, "ip", "link", "set", "eth0", "address", visitorMac);
    await at(office, "router", "ip", "neigh", "flush", "dev", "lan0");
    const visited = await operator.until("the visitor is on probation", 60_000, (site) =>
      (site.hosts.find(({ host }) => host === visitorMac)?.containments ?? []).some(
        ({ level }) => level === "throttled",
      ),
    );
    const [probation] = hostOf(visited, visitorMac).containments;
    assert.deepEqual([probation?.kind, probation?.automatic], ["throttle", true]);
    assert.equal(probation?.evidence[0]?.kind, "never-seen");
    await operator.release(id, probation.id);
    await operator.until(
      "a person's word lets it go",
      20_000,
      (site) => hostOf(site, visitorMac).containments.length === 0,
    );
    const rules = await at(office, "sensor", "nft", "list", "map", "bridge", "cordon", "reflex_rules");
    assert.ok(rules.includes(`${visitorMac} : goto reflex_dry_usual`), rules);

    // The mailer goes on under another card's name, and is known by its own name.
    await at(office, mailer.name, "ip", "link", "set", "eth0", "address", newMac);
    await at(office, "router", "ip", "neigh", "flush", "dev", "lan0");
    const changedAt = Date.now();
    const request = dhcpRequest({ name: mailer.name, mac: newMac, address: mailer.address }, 77).toString("hex");
    const say = `const socket = require("node:dgram").createSocket("udp4");
      socket.bind(68, () => {
        socket.setBroadcast(true);
        socket.send(Buffer.from("${request}", "hex"), 67, "255.255.255.255", () => socket.close());
      });`;
    await at(office, mailer.name, process.execPath, "-e", say);

    const held = await operator.until(
      "the new MAC is held",
      20_000,
      (site) => (site.hosts.find(({ host }) => host === newMac)?.containments.length ?? 0) > 0,
    );
    const [first] = hostOf(held, newMac).containments;
    t.diagnostic(`${first?.kind} by ${first?.author} ${Date.now() - changedAt} ms after the change`);
    const cut = await operator.until("it is cut off as well", 90_000, (site) =>
      hostOf(site, newMac).containments.some(({ kind, level }) => kind === "quarantine" && level === "internet-cut"),
    );
    const kinds = hostOf(cut, newMac).evidence.map(({ kind }) => kind);
    t.diagnostic(`cut off ${Date.now() - changedAt} ms after the change, for ${kinds.join(", ")}`);
    assert.ok((await quarantinedInKernel(office)).includes(newMac));
    const told = await operator.until("the ledger says whose place it took", 60_000, (site) =>
      hostOf(site, newMac).evidence.some(({ kind }) => kind === "quarantine-moved"),
    );
    const moved = hostOf(told, newMac).evidence.find(({ kind }) => kind === "quarantine-moved");
    assert.ok(moved?.text.includes(`${mailer.name} (${mailer.mac}), which is cut off`), moved?.text);
    assert.equal(hostOf(cut, newMac).verdict, "infected");

    // Nobody who was there before is held for it.
    for (const { mac, name } of lab.facts.hosts) {
      if (mac === mailer.mac || mac === worm.mac || mac === desk.mac || !before.hosts.some(({ host }) => host === mac))
        continue;
      assert.deepEqual(hostOf(told, mac).containments, [], `${name} is held`);
    }
    await run.stop();
  },
);

test(
  "under `observe` a person's cut is not escaped by a new MAC either, and his release ends all of it",
  { skip, timeout: 180_000 },
  async (t) => {
    const office = await standingOffice(t, 4242);
    const { lab, operator } = office;
    const mailer = machine(office, "mass-mailer");
    const run = await lab.run(officeOutbreak);
    const named = await operator.until("the mailer is named", 90_000, (site) =>
      site.hosts.some(({ host, verdict }) => host === mailer.mac && verdict === "infected"),
    );
    assert.equal(named.reportedPolicy, "observe");
    await haveWatched(office);
    assert.ok(!(await isOnProbation(office)), "a verdict alone bounds nobody under this policy");
    const cut = await operator.cutOff(named.id, mailer.mac);
    await until("the kernel bounds whoever is not known", 20_000, () => isOnProbation(office));

    await at(office, mailer.name, "ip", "link", "set", "eth0", "address", newMac);
    await at(office, "router", "ip", "neigh", "flush", "dev", "lan0");
    const held = await operator.until("the new MAC is slowed down", 60_000, (site) =>
      (site.hosts.find(({ host }) => host === newMac)?.containments ?? []).some(({ level }) => level === "throttled"),
    );
    const [probation] = hostOf(held, newMac).containments;
    assert.deepEqual(
      [probation?.automatic, probation?.author, probation?.evidence[0]?.kind],
      [true, "Cordon, while somebody is cut off", "never-seen"],
    );
    await operator.release(named.id, cut.id);
    await until("nobody is bounded any more", 20_000, async () => !(await isOnProbation(office)));
    await operator.until("it is let go", 20_000, (site) => hostOf(site, newMac).containments.length === 0);
    await run.stop();
  },
);
