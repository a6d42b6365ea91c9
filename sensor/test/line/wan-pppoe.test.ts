import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { namespacesAllowed, officeOutbreak, officeQuiet, type Lab } from "../../lab/index.ts";
import { EventLog } from "../../lab/test-lab.ts";
import { hostOf } from "./operator.ts";
import { standingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();

/** Packets of the worm's that have reached the provider. */
async function wormArrived(lab: Lab): Promise<number> {
  const { byHost, others } = await lab.witness();
  return [...byHost.values(), others].reduce((sum, { smb }) => sum + smb.packets, 0);
}

test(
  "where the router dials by PPPoE, an office at work is accused of nothing, an infected one named, and a barrier stops its worm alone",
  { skip: allowed.ok ? false : allowed.reason, timeout: 300_000 },
  async (t) => {
    const office = await standingOffice(t, 4242, "wan-pppoe");
    const { lab, operator } = office;
    const { publicAddress, hosts } = lab.facts;
    const neighbours = hosts.filter(({ job }) => job === "workstation").map(({ name }) => name);
    const log = new EventLog(lab);
    const sessions = (): readonly string[] => log.of("session").map(({ place, state }) => `${place} ${state}`);
    const say = (what: string): void =>
      t.diagnostic(`${((Date.now() - office.startedAt) / 1000).toFixed(1)} s after the start: ${what}`);

    const quiet = await lab.run(officeQuiet);
    await operator.until("the office is at work", 60_000, ({ line, hosts: seen }) => {
      return line?.state === "healthy" && seen.some(({ host, contacts }) => host === publicAddress && contacts >= 8);
    });
    say("the office is at work");
    const cutAt = Date.now();
    await lab.cutLine();
    await log.until("the router's session is over", () => sessions().includes("router down"), 30_000);
    // From here on nobody asks anything but the router, which dials.
    await delay(5000);
    await lab.restoreLine();
    await log.until(
      "the router has dialled anew",
      () => sessions().at(-1) === "router up" || sessions().at(-2) === "router up",
      30_000,
    );
    say(`the session was lost and found again: ${sessions().join(", ")}`);
    const calm = await operator.until("the end of the cut is told", 60_000, ({ line }) => {
      return line?.state === "healthy" && line.since > cutAt;
    });
    say("the end of the cut is told");
    for (const { host, verdict, evidence, infectedAt } of calm.hosts) {
      assert.ok(["clear", "watched"].includes(verdict), `${host} is ${verdict}: ${JSON.stringify(evidence)}`);
      assert.equal(infectedAt, null);
    }

    const barredAt = Date.now();
    await lab.bar(true);
    // As a router dials that waits after each refusal; nobody hears of the box meanwhile, and it tells later.
    await delay(25_000);
    await lab.bar(false);
    await operator.until("the end of the refusal is told", 60_000, ({ line }) => {
      return line?.state === "healthy" && line.since > barredAt;
    });
    const told = await operator.timeline(calm.id, "line");
    say(`of the line it tells: ${told.map(({ what }) => what).join(", ")}`);
    assert.ok(
      told.some(({ what, text }) => what === "line-dead" && /refuses its login/.test(text)),
      told.map(({ text }) => text).join(" "),
    );
    await quiet.stop();

    const run = await lab.run(officeOutbreak);
    const ways = await operator.until("both ways of spreading are in the ledger", 90_000, (site) => {
      const seen = site.hosts.find(({ host }) => host === publicAddress);
      const kinds = seen?.evidence.map(({ kind }) => kind) ?? [];
      return seen?.verdict === "infected" && kinds.includes("address-scan") && kinds.includes("mail-fan-out");
    });
    say("somebody is named");
    assert.deepEqual(
      ways.hosts.map(({ host }) => host),
      [publicAddress],
      "one address, one host",
    );
    assert.equal(hostOf(ways, publicAddress).name, "Somebody behind the router");
    const placed = await operator.until("the placement is recognised", 60_000, ({ sensor }) =>
      sensor.placementReasons.some((sentence) => sentence.includes("PPPoE")),
    );
    assert.equal(placed.sensor.placement, "wan");
    assert.match(placed.sensor.placementReasons.join(" "), /a router translates behind it/);
    assert.deepEqual(placed.sensor.health, []);

    const tried = (): number => log.of("scan").at(-1)?.started ?? 0;
    let before = await wormArrived(lab);
    for (const endsAt = Date.now() + 60_000; before < 10 && Date.now() < endsAt; before = await wormArrived(lab)) {
      await delay(500);
    }
    assert.ok(before >= 10, `${before} packets of the worm have arrived`);
    await operator.setBarrier(ways.id, "smb");
    let [last, now] = [-1, before];
    let triedBefore = 0;
    for (const endsAt = Date.now() + 60_000; now !== last && Date.now() < endsAt;) {
      triedBefore = tried();
      await delay(4000);
      [last, now] = [now, await wormArrived(lab)];
    }
    say(`the barrier holds: ${before} packets of the worm had arrived when it was ordered, ${now} in all`);
    assert.equal(now, last, "nothing of the worm arrives any more");
    assert.ok(tried() > triedBefore, "the worm goes on");
    const downloads = await lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000 });
    say(`downloads: ${downloads.ok} of ${neighbours.length}, the longest stall ${downloads.longestStallMs} ms`);
    assert.equal(downloads.failed, 0, downloads.reasons.join("; "));
    await run.stop();
  },
);
