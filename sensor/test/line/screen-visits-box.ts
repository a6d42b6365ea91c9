/** The box as its own centre while the line is dead, and the page that it shows to whoever is cut off. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { drawSite } from "../../lab/site.ts";
import { labelPin } from "./phone.ts";
import { press, type Stage, type Visit } from "./screen-stage.ts";

/** What a machine's system gets that asks whether it is online. */
const asksWhetherOnline = `const [server, name] = process.argv.slice(1);
const resolver = new (require("dns").promises.Resolver)({ timeout: 2000, tries: 2 });
resolver.setServers([server]);
resolver.resolve4(name).then(([host]) => {
  require("http").get({ host, headers: { host: name }, timeout: 6000 }, (answer) => answer.pipe(process.stdout));
});`;

async function pageOfTheCutOff({ office, mailer }: Stage): Promise<string> {
  const { probe } = drawSite(office.lab.facts.seed).world;
  const argv = [process.execPath, "-e", asksWhetherOnline, office.lab.facts.gateway.address, probe];
  const { stdout, stderr } = await office.lab.exec(mailer.name, argv, { timeoutMs: 20_000 });
  assert.match(stdout, /<html/, stderr);
  return stdout;
}

/** The line dies, and with it the way to the controller; settles when the box serves its own pages. */
async function lineDies({ office: { lab }, boxUrl }: Stage, ask: (url: string) => Promise<boolean>): Promise<void> {
  lab.relayTo(null);
  await lab.cutLine();
  for (let tries = 0; !(await ask(`${boxUrl}/api/v1/place`)); tries += 1) {
    assert.ok(tries < 120, "the box serves no pages");
    await delay(500);
  }
}

export const portalVisits: readonly Visit[] = [
  {
    ...{ page: null, name: "the page of whoever is cut off" },
    show: async ({ page }, stage) => {
      await page.goto("about:blank");
      await page.setContent(await pageOfTheCutOff(stage));
    },
    says: () => ["This computer is cut off from the Internet", "Test office"],
  },
];

export const boxVisits: readonly Visit[] = [
  {
    ...{ page: "login", name: "the box's door" },
    before: async (stage, [window]) => {
      assert.ok(window !== undefined);
      await lineDies(stage, async (url) => {
        const answer = await window.context.request.get(url, { timeout: 2000 }).catch(() => null);
        return answer?.ok() === true && (await answer.text()).includes('"box"');
      });
    },
    show: async ({ page, context }, { boxUrl }) => {
      await context.clearCookies();
      await page.goto(boxUrl);
    },
    says: () => ["You are on the box itself.", "PIN on its label", "It is the centre of Test office"],
  },
  {
    ...{ page: "site", name: "the site, at the box" },
    show: async ({ page }) => {
      await page.getByLabel("PIN on its label").fill(labelPin);
      await press(page, "Sign in");
      await page.locator(".health").waitFor({ timeout: 90_000 });
    },
    says: ({ mailer, worm }) => [
      "You are on the box itself. The centre cannot be reached.",
      "The line is dead",
      // The lab's cables are as fast as the kernel says of them.
      /Link up, 10 Gbit\/s/,
      /Router answers/,
      /Provider silent since/,
      /First contacts \d+ of \d+ answered/,
      mailer.name,
      worm.name,
    ],
  },
  {
    ...{ page: "site", sheet: "wiring", name: "at the box: wiring" },
    show: ({ page }) => press(page, "Wiring sheet"),
    says: () => ["Which plug goes where", "Pull the two plugs with a dot. Join them"],
  },
  {
    ...{ page: "site", sheet: "provider", name: "at the box: what to tell the provider" },
    show: async ({ page }) => {
      await page.keyboard.press("Escape");
      await press(page, "What to tell the provider");
    },
    says: () => ["What to tell the provider", "The line of Test office has been dead since"],
  },
  {
    ...{ page: "host", name: "a machine, at the box" },
    show: async ({ page }, { worm }) => {
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: worm.name }).locator("visible=true").first().click();
      await page.getByRole("region", { name: "Proof" }).waitFor();
    },
    says: ({ worm }) => [`${worm.name} is infected`, worm.mac, "in force"],
  },
];
