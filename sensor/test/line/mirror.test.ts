import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { hostOf } from "./operator.ts";
import { machine, standingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();

test(
  "from a mirrored port mailer and worm are named, nobody else is accused, and a wished cut is left to people",
  { skip: allowed.ok ? false : allowed.reason, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 4242, "mirror");
    const { lab, operator } = office;
    const mailer = machine(office, "mass-mailer");
    const worm = machine(office, "worm");
    const run = await lab.run(officeOutbreak);
    const named = await operator.until("both are named", 90_000, (site) =>
      [mailer.mac, worm.mac].every((mac) => site.hosts.find((host) => host.host === mac)?.verdict === "infected"),
    );
    t.diagnostic(`named ${((Date.now() - office.startedAt) / 1000).toFixed(1)} s after the sensor was started`);
    assert.deepEqual([hostOf(named, mailer.mac).class, hostOf(named, mailer.mac).vector], ["mass-mailer", "mail"]);
    assert.deepEqual([hostOf(named, worm.mac).class, hostOf(named, worm.mac).vector], ["scanner", "smb"]);
    assert.equal(hostOf(named, mailer.mac).name, mailer.name);

    const before = (await lab.witness()).byHost.get(mailer.name)?.mail.packets ?? 0;
    const cut = await operator.cutOff(named.id, mailer.mac);
    const told = await operator.until("what became of the cut is said", 15_000, (site) =>
      hostOf(site, mailer.mac).containments.some((one) => one.id === cut.id && one.reportedAt !== null),
    );
    const [held] = hostOf(told, mailer.mac).containments;
    assert.deepEqual(
      [held?.level, held?.levelText, held?.inForceSince, held?.packetsStopped],
      ["none", "Cannot be cut from here. By hand: unplug it.", null, 0],
    );
    let after = before;
    for (let tries = 0; tries < 50 && after <= before; tries += 1) {
      await lab.downloads({ hosts: [machine(office, "workstation").name], count: 1, bytes: 200_000 });
      after = (await lab.witness()).byHost.get(mailer.name)?.mail.packets ?? 0;
    }
    assert.ok(after > before, "the machine is said to be uncut, and its mail has stopped");

    const last = await operator.site();
    const innocent = lab.facts.hosts.filter((host) => host !== mailer && host !== worm);
    for (const host of innocent) {
      const seen = last.hosts.find((candidate) => candidate.host === host.mac);
      assert.ok(seen === undefined || ["clear", "watched"].includes(seen.verdict), `${host.name} is ${seen?.verdict}`);
    }
    const macs = new Set(lab.facts.hosts.map(({ mac }) => mac).concat(lab.facts.gateway.mac));
    assert.deepEqual(
      last.hosts.map(({ host }) => host).filter((host) => !macs.has(host)),
      [],
      "somebody is listed who is no machine of the office",
    );
    assert.equal(last.sensor.placement, "mirror");
    assert.match(last.sensor.placementReasons.join(" "), /Questions and their answers both come in by this port/);
    assert.match(last.sensor.blindSpots.join(" "), /Nothing can be stopped from here/);
    assert.deepEqual(last.sensor.health, []);
    assert.doesNotMatch(last.sentence, /capture file/);
    await run.stop();
  },
);
