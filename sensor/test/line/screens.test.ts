/** Every screen of the UI, on a phone and on a desktop, of an office of the lab with a real sensor in its line. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { labForbidden } from "../../lab/test-lab.ts";
import { officeOutbreak } from "../../lab/scenarios/office-outbreak.ts";
import { enrolSensor } from "../../start/controller-process.ts";
import { lineWithPhone, openPagesHere } from "../../start/own-pages.ts";
import { slow } from "../slow-tests.ts";
import { hostOf } from "./operator.ts";
import { labelled } from "./phone.ts";
import { noBrowser, reads, ScreenBrowser } from "./screen-browser.ts";
import { signInByLink, type Stage, type Visit } from "./screen-stage.ts";
import { boxVisits, portalVisits } from "./screen-visits-box.ts";
import { centreVisits, doorVisits } from "./screen-visits-centre.ts";
import { siteVisits } from "./screen-visits-site.ts";
import { isNamedIn, screensThere } from "./screens-there.ts";
import { machine, standingOffice } from "./standing-office.ts";

/** Sheets that the lab's office cannot show, and the test of the pages that does. */
const elsewhere: Readonly<Record<string, readonly [path: string, text: string]>> = {
  // Only under a name with a certificate.
  passkey: ["controller/test/ui/settings.test.ts", "Add a passkey…"],
  // Only where something starts the controller again.
  restore: ["controller/test/ui/settings.test.ts", "Go back to a backup…"],
  // Only of machines that come while an incident is open.
  pardon: ["controller/test/ui/site.test.ts", "Let it be…"],
};

const all: readonly Visit[] = [...doorVisits, ...siteVisits, ...centreVisits, ...portalVisits, ...boxVisits];

test("there is a visit to every page of the UI, and to every sheet, here or in a test that is named", () => {
  const { pages, sheets } = screensThere();
  assert.ok(pages.length >= 13 && sheets.length >= 32, `${pages.length} pages and ${sheets.length} sheets found`);
  const visited = (names: readonly (string | null | undefined)[]) => [...new Set(names)].filter((name) => name != null);
  assert.deepEqual(visited(all.map(({ page }) => page)).toSorted(), pages.toSorted());
  assert.deepEqual(
    [...visited(all.map(({ sheet }) => sheet)), ...Object.keys(elsewhere)].toSorted(),
    sheets.toSorted(),
  );
  for (const [path, text] of Object.values(elsewhere)) assert.ok(isNamedIn(path, text), `${path} has no “${text}”`);
});

test(
  "every screen says what is true of the lab, and is without a finding of axe, a complaint of the browser, or anything wider than its window",
  { skip: labForbidden() || noBrowser || slow, timeout: 900_000 },
  async (t) => {
    const office = await standingOffice(t, 31, "lan", (folder) => lineWithPhone(folder, 5, labelled));
    const { lab, operator, controller, folder } = office;
    const [worm, mailer, desk, printer] = (["worm", "mass-mailer", "workstation", "printer"] as const).map((job) =>
      machine(office, job),
    ) as [Stage["worm"], Stage["mailer"], Stage["desk"], Stage["printer"]];
    const run = await lab.run(officeOutbreak);
    t.after(() => run.stop().catch(() => undefined));
    const macs = lab.facts.hosts.map(({ mac }) => mac);
    const { id: siteId } = await operator.until(
      "everybody was heard, both are named, and the box may act by itself",
      120_000,
      (site) =>
        macs.every((mac) => site.hosts.some(({ host }) => host === mac)) &&
        [worm, mailer].every(({ mac }) => hostOf(site, mac).verdict === "infected") &&
        site.atBox.delegatedUntil !== null,
    );
    await operator.cutOff(siteId, mailer.mac);
    await operator.until("the mailer's packets are stopped", 60_000, (site) =>
      hostOf(site, mailer.mac).containments.some(({ packetsStopped }) => packetsStopped > 0),
    );
    await enrolSensor({
      ...{ dataDir: join(folder, "controller"), siteName: "Annex", placement: "lan", ports: lab.facts.ports },
      ...{ localNets: ["192.0.2.0/24"], controllerHost: "127.0.0.1", controllerPort: controller.brokerPort },
      profilePath: join(folder, "annex.json"),
    });
    const sites = await operator.sites();
    const annexId = sites.find(({ id }) => id !== siteId)?.id ?? "";
    const { url: boxUrl } = await openPagesHere(lab, labelled);
    const stage: Stage = { office, siteId, annexId, worm, mailer, desk, printer, boxUrl };

    const browser = await ScreenBrowser.start();
    t.after(() => browser.close());
    const faults: string[] = [];
    const look = async (visits: readonly Visit[]): Promise<void> => {
      for (const visit of visits) {
        await visit.before?.(stage, browser.windows);
        for (const window of browser.windows) {
          const what = `${visit.name}, ${window.name}`;
          try {
            await visit.show(window, stage);
            await reads(window.page, visit.says(stage, window));
            faults.push(...(await browser.faults(window.page)).map((fault) => `${what}: ${fault}`));
          } catch (error) {
            faults.push(`${what}: ${String(error)}`);
          }
        }
      }
    };
    await look(doorVisits);
    for (const window of browser.windows) await signInByLink(window, stage);
    await look([...siteVisits, ...centreVisits, ...portalVisits]);
    await operator.cutOff(siteId, worm.mac);
    await operator.until("the worm is cut off as well", 20_000, (site) =>
      hostOf(site, worm.mac).containments.some(({ inForceSince }) => inForceSince !== null),
    );
    await look(boxVisits);
    assert.deepEqual(faults, []);
    assert.deepEqual(browser.complaints, []);
  },
);
