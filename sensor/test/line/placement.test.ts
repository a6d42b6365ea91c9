import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { SiteProfile } from "@cordon/contract";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { bringUpOffice } from "../../start/office.ts";
import { Operator, type SiteSeen } from "./operator.ts";
import { slow } from "../slow-tests.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;
const healthOf = (site: SiteSeen) => site.sensor.health.map(({ code }) => code);

test(
  "ports that the profile takes for one another are said to look swapped, and a pulled cable to be a dead side",
  { skip, timeout: 120_000 },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-placement-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    let ports: SiteProfile["ports"] | undefined;
    const office = await bringUpOffice({
      seed: 4242,
      folder,
      siteName: "Test office",
      httpPort: 0,
      brokerPort: 0,
      line: {
        inLine: "namespace",
        occupy: async (lab, profilePath) => {
          const profile = JSON.parse(await readFile(profilePath, "utf8")) as SiteProfile;
          const { bridge, inside, outside } = profile.ports;
          ports = { bridge, inside: outside, outside: inside };
          await writeFile(profilePath, JSON.stringify({ ...profile, ports }));
          await lab.startSensor({ profilePath, stateDir: join(folder, "sensor") });
        },
      },
    });
    t.after(() => office.close());
    const operator = await Operator.signIn(office.controller.url, office.controller.loginLink);
    await operator.until("the sensor is online", 20_000, (site) => site.sensor.state === "online");
    const run = await office.lab.run(officeOutbreak);

    const swapped = await operator.until(
      "the ports look swapped",
      60_000,
      (site) =>
        healthOf(site).includes("ports-swapped") &&
        site.sensor.placementReasons.some((sentence) => sentence.startsWith("The ports look swapped: ")),
    );
    assert.equal(swapped.sensor.placement, "lan", "the profile counts");
    assert.ok(!healthOf(swapped).includes("line-loop"));

    // What the profile calls outside leads to the machines: the way to the controller stays.
    const cable = async (state: "up" | "down") => {
      const done = await office.lab.exec("sensor", ["ip", "link", "set", ports?.outside ?? "", state]);
      assert.equal(done.code, 0, done.stderr);
    };
    await cable("down");
    const dead = await operator.until("a dead side is said", 20_000, (site) => healthOf(site).includes("side-dead"));
    const words = dead.sensor.health.find(({ code }) => code === "side-dead")?.text;
    assert.match(words ?? "", /^One side of the line is dead: the outside port has no link/);
    await cable("up");
    await operator.until("the side lives again", 20_000, (site) => !healthOf(site).includes("side-dead"));
    await run.stop();
  },
);

/** Brings up an office outside whose router the box stands, with a profile that says something else of that. */
async function officeOutsideRouter(t: TestContext, seed: number, told: Partial<SiteProfile>) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-placement-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const office = await bringUpOffice({
    seed,
    folder,
    siteName: "Test office",
    form: "wan",
    httpPort: 0,
    brokerPort: 0,
    line: {
      inLine: "namespace",
      occupy: async (lab, profilePath) => {
        const profile = JSON.parse(await readFile(profilePath, "utf8")) as SiteProfile;
        await writeFile(profilePath, JSON.stringify({ ...profile, ...told }));
        await lab.startSensor({ profilePath, stateDir: join(folder, "sensor") });
      },
    },
  });
  t.after(() => office.close());
  const operator = await Operator.signIn(office.controller.url, office.controller.loginLink);
  await operator.until("the sensor is online", 20_000, (site) => site.sensor.state === "online");
  return { office, operator };
}

test(
  "a box that the profile puts behind the router, and that stands outside it, says so",
  { skip, timeout: 120_000 },
  async (t) => {
    const { office, operator } = await officeOutsideRouter(t, 7, { placement: "lan" });
    const run = await office.lab.run(officeOutbreak);
    const doubted = await operator.until("the placement is doubted", 60_000, (site) =>
      healthOf(site).includes("placement-doubted"),
    );
    const words = doubted.sensor.health.find(({ code }) => code === "placement-doubted")?.text;
    assert.match(words ?? "", /between the router and the switch; going by the traffic .* modem and the router/);
    assert.equal(doubted.sensor.placement, "lan", "the profile counts");
    assert.match(doubted.sensor.placementReasons.join(" "), /comes from one address that is none of the site's/);
    assert.ok(!healthOf(doubted).includes("ports-swapped"));
    await run.stop();
  },
);

test(
  "a box to which it was left finds that it stands outside the router, and works from there",
  { skip: allowed.ok ? slow : allowed.reason, timeout: 240_000 },
  async (t) => {
    const { office, operator } = await officeOutsideRouter(t, 7, { placement: "lan", isPlacementFound: true });
    const begun = await operator.site();
    assert.equal(begun.sensor.placement, "lan");
    assert.match(begun.sensor.placementReasons.join(" "), /left to the box .* until the traffic has told/);
    const run = await office.lab.run(officeOutbreak);
    const moved = await operator.until(
      "it went over",
      150_000,
      (site) => site.sensor.placement === "wan" && site.sensor.state === "online",
    );
    assert.match(moved.sensor.placementReasons.join(" "), /by the traffic that is between the provider's modem/);
    assert.match(moved.sensor.blindSpots.join(" "), /Which machine behind the router sends/);
    // The kernel's rules are those for there: copies are limited by address.
    const rules = await office.lab.exec("sensor", ["nft", "-t", "list", "table", "bridge", "cordon"]);
    assert.match(rules.stdout, /chain wrapped/);
    const named = await operator.until("somebody behind the router is named", 90_000, (site) =>
      site.hosts.some(({ verdict }) => verdict === "infected"),
    );
    assert.ok(!healthOf(named).includes("placement-doubted"), healthOf(named).join(" "));
    await run.stop();
  },
);
