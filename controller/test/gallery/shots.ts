/** Every screen worth a picture, and the way there. */
import type { Page } from "playwright-core";
import { boxPin } from "../box-stand.ts";
import { macOf } from "./brandt-hosts.ts";
import { brandt, type Gallery } from "./gallery.ts";
import { showWalk } from "./walk-scenes.ts";

export interface Shot {
  readonly name: string;
  /** The whole page and not only what a window shows. */
  readonly isWhole?: boolean;
  /** Goes there; the order of the list counts: only the first shots are signed out, and the last ones are at other controllers. */
  readonly show: (page: Page, gallery: Gallery) => Promise<void>;
}

/** As the operator of a controller, by a link of its terminal. */
async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator("main .say").waitFor();
}

async function goto(page: Page, { controller }: Gallery, path: string): Promise<void> {
  if ((await page.context().cookies()).length === 0) await signIn(page, await controller.createLoginLink());
  await page.goto(`${controller.url}${path}`);
  await page.locator("main h1").waitFor();
  await page.locator("header .live:not(.off)").waitFor({ state: "attached" });
}

/** The one that was made for a picture: whoever looks at it again sees the same. */
let invitation: string | null = null;

const siteOf = ({ sites }: Gallery, name: string): string => `/sites/${sites.get(name) ?? ""}`;
const hostOf = (gallery: Gallery, last: number): string =>
  `${siteOf(gallery, brandt)}/hosts/${encodeURIComponent(macOf(last))}`;

const site = (name: string, office: string, isWhole = false): Shot => ({
  name,
  isWhole,
  show: (page, gallery) => goto(page, gallery, siteOf(gallery, office)),
});

export const shots: readonly Shot[] = [
  {
    name: "sign-in",
    show: async (page, { empty }) => {
      await page.goto(`${empty.url}/login`);
      await page.getByRole("heading", { name: "Sign in." }).waitFor();
    },
  },
  {
    name: "sign-in-link",
    show: async (page, { empty }) => {
      await page.goto(await empty.createLoginLink());
      await page.getByText(/^As operator of this controller/).waitFor();
    },
  },
  { name: "fleet", show: (page, gallery) => goto(page, gallery, "/") },
  // Before anybody looks up whose connections are whose, which stands there too.
  {
    name: "timeline",
    show: (page, gallery) => goto(page, gallery, `${siteOf(gallery, brandt)}/timeline`),
  },
  site("site", brandt, true),
  { name: "host", isWhole: true, show: (page, gallery) => goto(page, gallery, hostOf(gallery, 0x17)) },
  { name: "host-cut", isWhole: true, show: (page, gallery) => goto(page, gallery, hostOf(gallery, 0x21)) },
  {
    name: "cut-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, hostOf(gallery, 0x17));
      await page.getByRole("button", { name: "Cut off DESK-07…" }).first().click();
      await page.getByRole("dialog").getByText("live connections end").waitFor();
    },
  },
  {
    name: "particulars-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, hostOf(gallery, 0x17));
      await page.getByRole("button", { name: "Change…" }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "flows-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, hostOf(gallery, 0x17));
      await page.getByRole("button", { name: "Flows behind:" }).first().click();
      await page.getByRole("dialog").locator(".flows").waitFor();
    },
  },
  {
    name: "find-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, "/");
      await page.getByRole("button", { name: "Find a machine or site" }).click();
      await page.getByRole("searchbox").fill("keller");
      await page.getByRole("dialog").getByText("DESK-07").waitFor();
    },
  },
  ...(["armed", "found", "wrong"] as const).map((scene): Shot => ({
    name: scene === "armed" ? "walk" : `walk-${scene}`,
    show: async (page, gallery) => {
      await goto(page, gallery, `${siteOf(gallery, brandt)}/walk`);
      await showWalk(page, gallery, scene);
    },
  })),
  {
    name: "walk-by-hand",
    show: (page, gallery) => goto(page, gallery, `${siteOf(gallery, "Dune Architects")}/walk`),
  },
  {
    name: "add-box-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, "/");
      await page.getByRole("main").getByRole("button", { name: "Add a box…" }).first().click();
      await page.getByRole("dialog").getByLabel("What do people call the site?").waitFor();
    },
  },
  {
    name: "wiring-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, siteOf(gallery, "Ibis Travel"));
      await page.getByRole("main").getByRole("button", { name: "Wiring sheet" }).click();
      await page.getByRole("dialog").getByRole("heading", { name: "If the box dies" }).waitFor();
    },
  },
  {
    name: "provider-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, siteOf(gallery, "Ibis Travel"));
      await page.getByRole("button", { name: "What to tell the provider" }).click();
      await page.getByRole("dialog").getByText("has been dead since").waitFor();
    },
  },
  {
    name: "preset-sheet",
    show: async (page, gallery) => {
      await goto(page, gallery, "/settings");
      await page
        .getByRole("button", { name: /^Put on sites…/ })
        .nth(1)
        .click();
      await page.getByRole("dialog").getByRole("combobox").selectOption({ label: brandt });
      await page.getByRole("dialog").getByRole("heading", { name: brandt }).waitFor();
    },
  },
  {
    name: "invitation",
    show: async (page, gallery) => {
      const { controller, api } = gallery;
      const wish = { name: "Ines Roth", role: "technician", customers: null, sites: null, expiresAt: null };
      invitation ??= (await api.call<{ path: string }>("POST", "/api/v1/people", wish)).body.path;
      await page.goto(`${controller.url}${invitation}`);
      await page.getByRole("heading", { name: "Ines Roth, make this account yours." }).waitFor();
    },
  },
  { name: "updates", show: (page, gallery) => goto(page, gallery, "/updates") },
  { name: "refusals", show: (page, gallery) => goto(page, gallery, "/refusals") },
  { name: "people", show: (page, gallery) => goto(page, gallery, "/people") },
  { name: "settings", show: (page, gallery) => goto(page, gallery, "/settings") },
  { name: "notifications", show: (page, gallery) => goto(page, gallery, "/notifications") },
  site("site-line-dead", "Ibis Travel"),
  site("site-box-silent", "North Quay Logistics"),
  site("site-wan", "Grange Primary School"),
  site("site-gateway", "Juniper Care Home"),
  site("site-mirror", "Dune Architects"),
  {
    name: "empty",
    show: async (page, { empty }) => {
      await signIn(page, await empty.createLoginLink());
      await page.getByRole("heading", { name: "Put it in the line" }).waitFor();
    },
  },
  {
    name: "at-box-door",
    show: async (page, { box }) => {
      await page.context().clearCookies();
      await page.goto(box.url);
      await page.getByRole("heading", { name: "You are on the box itself." }).waitFor();
    },
  },
  {
    name: "at-box",
    isWhole: true,
    show: async (page, { box }) => {
      await page.context().clearCookies();
      await page.goto(box.url);
      await page.getByLabel("PIN on its label").fill(boxPin);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator("main .line").waitFor();
    },
  },
];
