/** Every screen worth a picture, and the way there. */
import type { Page } from "playwright-core";
import { macOf } from "./brandt-hosts.ts";
import { brandt, type Gallery } from "./gallery.ts";

export interface Shot {
  readonly name: string;
  /** The whole page and not only what a window shows. */
  readonly isWhole?: boolean;
  /** Goes there; the order of the list counts: only the first shots are signed out. */
  readonly show: (page: Page, gallery: Gallery) => Promise<void>;
}

async function goto(page: Page, { controller }: Gallery, path: string): Promise<void> {
  const signIn = async (): Promise<void> => {
    await page.goto(await controller.createLoginLink());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("main .say").waitFor();
  };
  if ((await page.context().cookies()).length === 0) await signIn();
  await page.goto(`${controller.url}${path}`);
  await page.locator("main h1").waitFor();
  await page.locator(".live:not(.off)").waitFor({ state: "attached" });
}

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
    show: async (page, { controller }) => {
      await page.goto(`${controller.url}/login`);
      await page.getByRole("heading", { name: "Sign in." }).waitFor();
    },
  },
  {
    name: "sign-in-link",
    show: async (page, { controller }) => {
      await page.goto(await controller.createLoginLink());
      await page.getByRole("button", { name: "Sign in" }).waitFor();
    },
  },
  { name: "fleet", show: (page, gallery) => goto(page, gallery, "/") },
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
  {
    name: "timeline",
    show: (page, gallery) => goto(page, gallery, `${siteOf(gallery, brandt)}/timeline`),
  },
  { name: "settings", show: (page, gallery) => goto(page, gallery, "/settings") },
  { name: "notifications", show: (page, gallery) => goto(page, gallery, "/notifications") },
  site("site-line-dead", "Ibis Travel"),
  site("site-box-silent", "North Quay Logistics"),
  site("site-wan", "Grange Primary School"),
  site("site-gateway", "Juniper Care Home"),
  site("site-mirror", "Dune Architects"),
];
