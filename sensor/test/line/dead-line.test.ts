import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { LookUpAnswer } from "@cordon/contract";
import { labForbidden } from "../../lab/test-lab.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { hostOf, type ContainmentSeen, type HostSeen, type SiteSeen } from "./operator.ts";
import { lineWithPhone } from "../../start/own-pages.ts";
import { labelled, labelPin, Phone } from "./phone.ts";
import { Walker } from "./walker.ts";
import { machine, quarantinedInKernel, standingOffice } from "./standing-office.ts";

const day = 86_400_000;

async function until<T>(what: string, timeoutMs: number, look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    assert.ok(Date.now() < deadline, `not within ${timeoutMs} ms: ${what}`);
    await delay(200);
  }
}

test(
  "the line dies, a phone at the box cuts a machine off, the line returns, and both places know who did what",
  { skip: labForbidden(), timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 31, "lan", (folder) => lineWithPhone(folder, 2, labelled));
    const { lab, operator, controller } = office;
    const phone = new Phone(lab);
    const [worm, mailer] = [machine(office, "worm"), machine(office, "mass-mailer")];
    const [desk] = lab.facts.hosts.filter(({ job }) => job === "workstation");
    assert.ok(desk !== undefined);
    const run = await lab.run(officeOutbreak);
    const known = await operator.until(
      "the machines are known, and the box may act by itself",
      30_000,
      (site) =>
        [worm, mailer, desk].every(({ mac }) => site.hosts.some(({ host }) => host === mac)) &&
        site.atBox.delegatedUntil !== null,
    );
    const siteId = known.id;
    const heldBefore = await operator.cutOff(siteId, mailer.mac);
    const deskBefore = await operator.cutOff(siteId, desk.mac);
    await operator.until("both are in force", 10_000, (site) =>
      [mailer, desk].every(({ mac }) => hostOf(site, mac).containments[0]?.inForceSince != null),
    );

    // The line dies. Meanwhile somebody at the centre lets the desk go, and slows the mailer down beside its cut.
    lab.relayTo(null);
    await lab.cutLine();
    const diedAt = Date.now();
    await operator.until("the box is silent", 30_000, (site) => site.sensor.state === "silent");
    await operator.release(siteId, deskBefore.id);
    await operator.contain(siteId, { kind: "throttle", host: mailer.mac, vector: null });

    // Beside the box: knock, find the page, mistype, sign in.
    const untold = await until("the box serves its own pages", 40_000, async () => {
      const { status, text } = await phone.call("GET", "/api/v1/place");
      return status === 200 && text.includes('"box"') ? text : null;
    });
    assert.match(untold, /"isSomebodyNamed":true/);
    assert.doesNotMatch(untold, /Anna|0134/);
    t.diagnostic(`its own centre ${Math.round((Date.now() - diedAt) / 1000)} s after the line died`);
    assert.equal((await phone.call("GET", `/api/v1/sites/${siteId}`)).status, 401);
    assert.equal((await phone.call("POST", "/api/v1/session", { pin: "00000000" })).status, 401);
    const signedIn = await phone.call("POST", "/api/v1/session", { pin: labelPin });
    assert.equal(signedIn.status, 201, signedIn.text);
    phone.cookie = signedIn.cookie;

    const path = `/api/v1/sites/${siteId}`;
    const see = () => phone.json<SiteSeen>("GET", path);
    const there = await see();
    assert.deepEqual(there.contacts, labelled.contacts);
    assert.equal(hostOf(there, mailer.mac).containments[0]?.author, "operator", "what the centre wished stands there");
    const wish = { kind: "quarantine", host: worm.mac, reason: "scans; seen from the cupboard", expiresAt: null };
    const cut = await phone.json<ContainmentSeen & { expiresAt: number }>("POST", `${path}/containments`, wish);
    assert.ok(cut.expiresAt > Date.now() && cut.expiresAt <= Date.now() + 3 * day, "ends with what was delegated");
    const inForce = await until("the phone sees it in force", 10_000, async () => {
      const seen: HostSeen = hostOf(await see(), worm.mac);
      const [held] = seen.containments.filter(({ id }) => id === cut.id);
      return held !== undefined && held.inForceSince !== null && held.packetsStopped > 0 ? held : null;
    });
    t.diagnostic(`${inForce.packetsStopped} packets stopped: ${inForce.levelText}`);
    assert.ok((await quarantinedInKernel(office)).includes(worm.mac));
    // Whose cable is in one's hand the box tells by itself.
    const walker = await Walker.arm(lab, phone, siteId, [desk.mac]);
    t.after(() => walker.leave());
    const pull = await walker.pull(desk.mac);
    assert.deepEqual([pull.kind, pull.hosts], ["gone", [desk.mac]]);
    t.diagnostic(`a pulled cable is told on the phone after ${pull.toldMs} ms`);
    await walker.putBack(desk.mac);
    await walker.stop();
    // The box's own log answers, too. That it holds anything yet nobody can say: of who was not answered it is told after minutes.
    const question = { at: Date.now(), errorMs: 300_000, host: worm.mac };
    const asked = await phone.json<{ readonly id: string }>("POST", `${path}/look-ups`, question);
    const { status, body } = await phone.json<{ readonly status: string; readonly body: LookUpAnswer }>(
      "GET",
      `${path}/asks/${asked.id}?waitMs=20000`,
    );
    assert.equal(status, "done");
    assert.ok(body.from < question.at && body.completeUntil <= Date.now() && Array.isArray(body.flows));
    // The mailer is let go here, and the desk is slowed down, neither knowing of what the centre does.
    await phone.json("DELETE", `${path}/containments/${heldBefore.id}`, { reason: "cleaned by hand" });
    const slow = { kind: "throttle", host: desk.mac, vector: null, reason: "odd, keep it slow", expiresAt: null };
    const slowed = await phone.json<ContainmentSeen>("POST", `${path}/containments`, slow);
    // What was not delegated is said so.
    const refused = await phone.call("PUT", `${path}/policy`, { policy: "contain", reason: "night" });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /not-at-box/);
    await until("the kernel lets the mailer go", 10_000, async () =>
      (await quarantinedInKernel(office)).includes(mailer.mac) ? null : true,
    );

    // The line returns.
    await lab.restoreLine();
    lab.relayTo(controller.brokerPort);
    const back = await operator.until(
      "the centre has taken it up, and the box follows the centre again",
      60_000,
      (site) => {
        const seen = hostOf(site, worm.mac).containments.find(({ id }) => id === cut.id);
        return seen?.inForceSince != null && !site.atBox.isLocal && site.atBox.deeds.length >= 10;
      },
    );
    t.diagnostic(`taken up ${Math.round((Date.now() - diedAt) / 1000)} s after the line died`);
    const worms = hostOf(back, worm.mac).containments.find(({ id }) => id === cut.id);
    assert.equal(worms?.author, "PIN of the box");
    assert.deepEqual(back.atBox.deeds.map(({ action, host }) => `${action} ${host ?? ""}`.trim()).toReversed(), [
      "pin-refused",
      "session-opened",
      `containment-asked ${worm.mac}`,
      "walk-armed",
      `cable-pulled ${desk.mac}`,
      `cable-back ${desk.mac}`,
      "walk-ended",
      `flow-log-asked ${worm.mac}`,
      `containment-released ${mailer.mac}`,
      `containment-asked ${desk.mac}`,
    ]);
    // By the rule: an end ends what it named, wishes add up, and where the two places differ both are shown.
    const site = await operator.until("all of it holds as the rule says", 15_000, (seen) => {
      const of = (mac: string) => hostOf(seen, mac).containments.map(({ id }) => id);
      const isMailers = !of(mailer.mac).includes(heldBefore.id) && of(mailer.mac).length === 1;
      return isMailers && of(desk.mac).join() === slowed.id;
    });
    const words = new Map(site.atBox.twoWords.map(({ host, atBox, atCentre }) => [host, [atBox, atCentre]]));
    assert.deepEqual(
      [words.size, words.get(desk.mac), words.get(mailer.mac)],
      [2, ["wished", "ended"], ["ended", "wished"]],
    );
    const inKernel = await quarantinedInKernel(office);
    assert.ok(inKernel.includes(worm.mac) && !inKernel.includes(mailer.mac) && !inKernel.includes(desk.mac));
    await run.stop();
  },
);
