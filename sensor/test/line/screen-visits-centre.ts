/** The screens of the controller as a whole: its door, its fleet, its people and settings. */
import type { Page } from "playwright-core";
import { ask, codeOf, goto, press, sitePath, type Stage, type Visit } from "./screen-stage.ts";
import type { Window } from "./screen-browser.ts";

const password = "four words nobody puts together";

interface Invited {
  readonly path: string;
}

const plain = (page: string, path: string, says: Visit["says"]): Visit => ({
  ...{ page, name: page, says },
  show: (window, stage) => goto(window, stage, path),
});

const sheetOf = (page: string, path: string, sheet: string, button: string | RegExp, says: Visit["says"]): Visit => ({
  ...{ page, sheet, name: `${page}: ${sheet}`, says },
  show: async (window, stage) => {
    await goto(window, stage, path);
    await press(window.page, button);
  },
});

function invite(window: Window, stage: Stage, name: string, role: string): Promise<Invited> {
  const expiresAt = role === "guest" ? Date.now() + 86_400_000 : null;
  const sites = role === "guest" ? [stage.siteId] : null;
  return ask<Invited>(window, stage, "/people", { name, role, customers: null, sites, expiresAt });
}

/** The two windows' own accounts: each has its person. */
const ownerOf = ({ name }: Window): string => (name === "phone" ? "Ann Reed" : "Tom Reed");

async function takeAccount(page: Page): Promise<void> {
  const secret = await page.locator(".scan .mono").innerText();
  await page.getByLabel(/^Password/).fill(password);
  await page.getByLabel(/^Code/).fill(codeOf(secret, Date.now()));
  await press(page, "Take the account");
  await page.locator("main .say").waitFor();
}

export const doorVisits: readonly Visit[] = [
  {
    ...{ page: "login", name: "door" },
    show: ({ page }, { office }) => page.goto(`${office.controller.url}/login`),
    says: () => ["Sign in.", "Password", "No account yet?"],
  },
  {
    ...{ page: "login", name: "door, by a link" },
    show: async ({ page }, { office }) => page.goto(await office.controller.newLoginLink()),
    says: () => ["This link signs you in once.", /As operator of this controller\. .* is good for 14 min/],
  },
];

export const centreVisits: readonly Visit[] = [
  plain("fleet", "/", ({ worm }) => [
    "1 of 2 sites needs you.",
    `Line open: ${worm.name} still scans.`,
    "Annex",
    "Not yet seen",
  ]),
  sheetOf("fleet", "/", "find", "Find a machine or site", () => ["Find a machine or site"]),
  {
    ...{ page: "fleet", sheet: "find", name: "fleet: found" },
    show: async ({ page }, { worm }) => {
      await page.getByRole("searchbox").fill(worm.name);
      await page.getByRole("dialog").getByRole("link", { name: worm.name }).first().waitFor();
    },
    says: ({ worm }) => [worm.name, "Test office"],
  },
  sheetOf("fleet", "/", "box", "Add a box…", () => ["Add a box", "Router and switch", "Make the box"]),
  {
    ...{ page: "fleet", sheet: "keys", name: "fleet: keys" },
    show: async (window, stage) => {
      await goto(window, stage, "/");
      await window.page.keyboard.press("?");
    },
    says: () => ["Keys", "Switch single keys off"],
  },
  {
    ...{ page: "site", sheet: "wiring", name: "a site without a box: wiring" },
    show: async (window, stage) => {
      await goto(window, stage, `/sites/${stage.annexId}`);
      await press(window.page, "Wiring sheet");
    },
    says: () => ["Which plug goes where", "put it into OUTSIDE", "If the box dies"],
  },
  plain("people", "/people", () => ["by a link of the terminal", "Customers", "Annex"]),
  sheetOf("people", "/people", "person", "Invite somebody", () => ["Invite somebody", "Make the invitation"]),
  plain("notifications", "/notifications", () => ["Add a channel…"]),
  sheetOf("notifications", "/notifications", "channel", "Add a channel…", () => ["Add a channel"]),
  plain("updates", "/updates", () => ["No release was given to boxes so far.", "Add a release"]),
  plain("refusals", "/refusals", () => ["Nothing was refused so far."]),
  plain("missing", "/nowhere", () => ["There is no such page."]),
  plain("settings", "/settings", () => [
    "How you sign in",
    "no account of its own",
    "Tokens for programs",
    "End of a job",
  ]),
  sheetOf("settings", "/settings", "preset", /^Put on sites…/, () => [
    "Test office",
    "Windows file sharing: open → counted.",
  ]),
  sheetOf("settings", "/settings", "token", "Make a token…", () => ["Make a token for a program"]),
  sheetOf("settings", "/settings", "backup", "Make a backup…", () => ["Make a backup"]),
  sheetOf("settings", "/settings", "wipe", "Wipe a box…", () => ["Wipe a box", "Test office"]),
  sheetOf("settings", "/settings", "card", "Make a new card…", () => ["A new card for a box", "Test office"]),
  {
    ...{ page: "invitation", name: "invitation" },
    show: async (window, stage) => {
      const { path } = await invite(window, stage, ownerOf(window), "owner");
      await window.page.goto(`${stage.office.controller.url}${path}`);
    },
    says: (_stage, window) => [`${ownerOf(window)}, make this account yours.`, "At least"],
  },
  {
    ...{ page: "settings", sheet: "password", name: "settings: password" },
    show: async (window, stage) => {
      await takeAccount(window.page);
      await goto(window, stage, "/settings");
      await press(window.page, "Change the password…");
    },
    says: () => ["Another password"],
  },
  sheetOf("settings", "/settings", "code", "Take another app…", () => ["Another app for codes"]),
  {
    ...{ page: "people", name: "people, with two of them" },
    show: (window, stage) => goto(window, stage, "/people"),
    says: () => ["2 people may sign in", "Ann Reed", "Tom Reed", "Owner"],
  },
  {
    ...{ page: "login", name: "a guest's link" },
    show: async (window, stage) => {
      const { path } = await invite(window, stage, `Guest of ${window.name}`, "guest");
      await window.page.goto(`${stage.office.controller.url}${path}`);
    },
    says: (_stage, { name }) => [`As Guest of ${name}, who looks and changes nothing, until`],
  },
  {
    ...{ page: "site", name: "the only site of a guest" },
    show: async ({ page }, stage) => {
      await press(page, "Sign in");
      await page.waitForURL(`**${sitePath(stage)}`);
    },
    says: ({ worm }, { name }) => [
      worm.name,
      `Signed in as Guest of ${name}`,
      "Your account looks and changes nothing.",
    ],
  },
];
