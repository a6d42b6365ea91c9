import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { officeQuiet } from "../../lab/scenarios/office-quiet.ts";
import { hostOf } from "./operator.ts";
import { standingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();

test(
  "outside the router the office is found infected, the way of spreading is named, and the machine is said not to be",
  { skip: allowed.ok ? false : allowed.reason, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 4242, "wan");
    const { lab, operator } = office;
    const { publicAddress } = lab.facts;
    const run = await lab.run(officeOutbreak);
    const named = await operator.until("the office is infected", 90_000, (site) =>
      site.hosts.some(({ host, verdict }) => host === publicAddress && verdict === "infected"),
    );
    t.diagnostic(`named ${((Date.now() - office.startedAt) / 1000).toFixed(1)} s after the sensor was started`);
    const both = await operator.until("both ways of spreading are in the ledger", 90_000, (site) => {
      const kinds = hostOf(site, publicAddress).evidence.map(({ kind }) => kind);
      return kinds.includes("address-scan") && kinds.includes("mail-fan-out");
    });
    const seen = hostOf(both, publicAddress);
    t.diagnostic(seen.evidence.map(({ kind, weight }) => `${kind} ${weight}`).join(", "));
    assert.equal(seen.name, "Somebody behind the router");
    assert.ok(seen.vector === "smb" || seen.vector === "mail", `${seen.vector}`);
    const how = seen.evidence.find(({ kind }) => kind === "behind-router");
    assert.match(how?.text ?? "", /cannot be told from here.*from source port \d+ to .*router's log/);
    assert.match(both.sentence, /Somebody behind the router/);

    assert.equal(named.sensor.placement, "wan");
    assert.deepEqual(
      named.hosts.map(({ host }) => host),
      [publicAddress],
      "one address, one host",
    );
    const last = await operator.until("the placement is recognised", 60_000, (site) =>
      site.sensor.placementReasons.some((sentence) => sentence.includes("a router translates behind it")),
    );
    assert.match(last.sensor.blindSpots.join(" "), /Which machine behind the router sends/);
    assert.deepEqual(last.sensor.health, []);
    await run.stop();
  },
);

test(
  "outside the router an office at work is accused of nothing, also while the provider has cut the line",
  { skip: allowed.ok ? false : allowed.reason, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, 1984, "wan");
    const { lab, operator } = office;
    const run = await lab.run(officeQuiet);
    // Only a line that was seen to be used can be seen to be cut.
    await operator.until(
      "the office is at work",
      60_000,
      ({ line, hosts }) => line?.state === "healthy" && hosts.some(({ contacts }) => contacts >= 8),
    );
    const cutAt = Date.now();
    await lab.cutLine();
    // The controller is beyond the line: what the box made of it is told afterwards. In this time a worm would have
    // been named twice over.
    await delay(25_000);
    await lab.restoreLine();
    const back = await operator.until("the end of the cut is told", 60_000, ({ line }) => {
      return line?.state === "healthy" && line.since > cutAt;
    });
    for (const host of back.hosts) {
      assert.ok(
        ["clear", "watched"].includes(host.verdict),
        `${host.host} is ${host.verdict}: ${JSON.stringify(host.evidence)}`,
      );
      assert.equal(host.infectedAt, null);
    }
    await run.stop();
  },
);
