import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { judgeCapture } from "../../src/replay/judge-capture.ts";
import { hostOf, type SiteSeen } from "./operator.ts";
import { machine, quarantinedInKernel, standingOffice, type StandingOffice } from "./standing-office.ts";
import { slow } from "../slow-tests.ts";

const allowed = namespacesAllowed();
// The click of the short run is another test's.
const skip = allowed.ok ? slow : allowed.reason;

/** Packets of one machine that reached the provider's side so far. */
async function arrived(office: StandingOffice, name: string): Promise<{ readonly all: number; readonly mail: number }> {
  const counts = (await office.lab.witness()).byHost.get(name);
  assert.ok(counts, `the witness does not know ${name}`);
  const all = Object.values(counts).reduce((sum, count) => sum + count.packets, 0);
  return { all, mail: counts.mail.packets };
}

function assertOnlyTheInfectedAreAccused(office: StandingOffice, site: SiteSeen): void {
  for (const host of office.lab.facts.hosts) {
    if (host.job === "mass-mailer" || host.job === "worm") continue;
    const seen = hostOf(site, host.mac);
    assert.ok(["clear", "watched"].includes(seen.verdict), `${host.name}, a ${host.job}, is ${seen.verdict}`);
    assert.deepEqual(seen.containments, []);
  }
}

// Two offices more where there is time.
for (const seed of [7, 4242, 900_913]) {
  test(
    `in the office of seed ${seed} both infected machines are named, and one click cuts and releases the mailer`,
    {
      skip,
      timeout: 240_000,
    },
    async (t) => {
      const office = await standingOffice(t, seed);
      const { lab, operator } = office;
      const mailer = machine(office, "mass-mailer");
      const worm = machine(office, "worm");
      const capture = join(office.folder, "office.pcap");
      await lab.record(capture);
      const run = await lab.run(officeOutbreak);

      const named = await operator.until("both are named", 60_000, (site) =>
        [mailer.mac, worm.mac].every((mac) => site.hosts.find((host) => host.host === mac)?.verdict === "infected"),
      );
      t.diagnostic(`named ${((Date.now() - office.startedAt) / 1000).toFixed(1)} s after the sensor was started`);
      const mailerSeen = hostOf(named, mailer.mac);
      const wormSeen = hostOf(named, worm.mac);
      assert.deepEqual([mailerSeen.class, mailerSeen.vector], ["mass-mailer", "mail"]);
      assert.deepEqual([wormSeen.class, wormSeen.vector], ["scanner", "smb"]);
      assert.equal(mailerSeen.name, mailer.name);

      // Before the cut: what our own rules stop is on the inside port as well.
      await lab.stopRecording();
      const live = await operator.site();
      const replayed = await judgeCapture(capture, { inside: lab.facts.localNets });
      assert.equal(replayed.error, null);
      for (const host of lab.facts.hosts) {
        const seen = live.hosts.find((candidate) => candidate.host === host.mac);
        if (seen === undefined) continue;
        const again = replayed.hosts.find((candidate) => candidate.host === host.mac);
        assert.deepEqual(
          [again?.verdict, again?.class, again?.vector],
          [seen.verdict, seen.class, seen.vector],
          `replay and live disagree on ${host.name}`,
        );
      }

      const cut = await operator.cutOff(live.id, mailer.mac);
      await operator.until("the cut is in force", 10_000, (site) =>
        hostOf(site, mailer.mac).containments.some((one) => one.id === cut.id && one.level === "internet-cut"),
      );
      assert.deepEqual(await quarantinedInKernel(office), [mailer.mac]);
      const atCut = await arrived(office, mailer.name);
      const neighbours = lab.facts.hosts.filter((host) => host.job === "workstation").map((host) => host.name);
      const downloads = await lab.downloads({ hosts: neighbours, count: 6, bytes: 2_000_000 });
      assert.deepEqual(downloads.reasons, []);
      assert.equal(downloads.ok, neighbours.length * 6);
      const stopped = await operator.until(
        "the kernel's counter shows stopped packets",
        20_000,
        (site) => (hostOf(site, mailer.mac).containments[0]?.packetsStopped ?? 0) > 20,
      );
      assertOnlyTheInfectedAreAccused(office, stopped);
      const afterCut = await arrived(office, mailer.name);
      assert.equal(afterCut.all - atCut.all, 0, "packets of the machine that was cut off reached the provider");

      await operator.release(live.id, cut.id);
      await operator.until(
        "the release is reported",
        10_000,
        (site) => hostOf(site, mailer.mac).containments.length === 0,
      );
      assert.deepEqual(await quarantinedInKernel(office), []);
      let mails = afterCut.mail;
      // Its mailer asked for names while it was cut off, and waits for servers: a SYN comes again after up to 31 s.
      const patience = AbortSignal.timeout(60_000);
      while (!patience.aborted && mails <= afterCut.mail) {
        await lab.downloads({ hosts: neighbours.slice(0, 1), count: 1, bytes: 500_000 });
        mails = (await arrived(office, mailer.name)).mail;
      }
      assert.ok(mails > afterCut.mail, "after the release the machine's mail does not pass");
      const last = await operator.site();
      assertOnlyTheInfectedAreAccused(office, last);
      assert.match(last.sensor.placementReasons.join(" "), /Several machines ask for the Internet by the inside port/);
      const lineTroubles = ["ports-swapped", "side-dead", "line-loop", "placement-doubted"];
      assert.deepEqual(
        last.sensor.health.filter(({ code }) => lineTroubles.includes(code)),
        [],
      );
      await run.stop();
    },
  );
}
