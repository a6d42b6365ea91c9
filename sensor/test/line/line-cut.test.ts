import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { lineCut } from "../../lab/scenarios/line-cut.ts";
import { hostOf } from "./operator.ts";
import { machine, quarantinedInKernel, standingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();
const isSlowWanted = process.env["CORDON_SLOW_TESTS"] === "1";
// The line is dead for as long as lines are; captures with a dead line are judged in seconds (`test/scenes/walled`).
const slow = isSlowWanted ? false : "takes minutes: set CORDON_SLOW_TESTS=1";

test(
  "the provider cuts the line: mailer and worm are named, an outage convicts nobody else",
  {
    skip: allowed.ok ? slow : allowed.reason,
    timeout: 300_000,
  },
  async (t) => {
    const office = await standingOffice(t, 1984);
    const { lab, operator } = office;
    const mailer = machine(office, "mass-mailer");
    const worm = machine(office, "worm");
    const innocent = lab.facts.hosts.filter((host) => host !== mailer && host !== worm);
    // The controller sits beyond the line, so what the sensor saw reaches it when the line is back.
    const cutAt = new Promise<number>((resolve) => {
      lab.onEvent((event) => {
        if (event.kind === "line" && event.state === "cut") resolve(event.at);
      });
    });
    const restored = new Promise<number>((resolve) => {
      lab.onEvent((event) => {
        if (event.kind === "line" && event.state === "restored") resolve(event.at);
      });
    });
    const run = await lab.run(lineCut);
    const [wasCutAt, wasRestoredAt] = await Promise.all([cutAt, restored]);
    const site = await operator.until(
      "both are named and the line is healthy again",
      90_000,
      (seen) =>
        seen.line?.state === "healthy" &&
        [mailer.mac, worm.mac].every((mac) => seen.hosts.find((host) => host.host === mac)?.verdict === "infected"),
    );
    for (const host of [mailer, worm]) {
      const { infectedAt } = hostOf(site, host.mac);
      assert.ok(
        infectedAt !== null && infectedAt > wasCutAt && infectedAt < wasRestoredAt,
        "named while the line was dead",
      );
      t.diagnostic(`${host.job}: named ${((infectedAt - wasCutAt) / 1000).toFixed(1)} s after the cut`);
    }
    for (const host of innocent) {
      const seen = site.hosts.find((candidate) => candidate.host === host.mac);
      if (seen === undefined) continue;
      assert.equal(seen.verdict, "clear", `${host.name}, a ${host.job}`);
      assert.deepEqual(seen.containments, []);
    }
    assert.deepEqual(await quarantinedInKernel(office), []);
    await run.stop();
  },
);
