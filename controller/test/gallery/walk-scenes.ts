/** A walk at Brandt Tax Advisers, as far as a picture wants it. */
import type { Page } from "playwright-core";
import { walkKind } from "@cordon/contract";
import { WalkScript } from "../walk-script.ts";
import { brandtHosts, macOf } from "./brandt-hosts.ts";
import { brandt, type Gallery } from "./gallery.ts";

// At Brandt's this one is carried about.
const laptop = macOf(0x21);
const mailer = macOf(0x17);
const printer = macOf(0x0c);

let last: string | null = null;

/** On the page of a walk: begins one, and pulls a cable. */
export async function showWalk(
  page: Page,
  { api, sensor, sites }: Gallery,
  scene: "armed" | "found" | "wrong",
): Promise<void> {
  const path = `/api/v1/sites/${sites.get(brandt) ?? ""}/walk`;
  // One walk at a time: whoever begins another while one goes on joins it.
  if (last !== null) await api.call("DELETE", `${path}/${last}`);
  const script = new WalkScript(sensor);
  const walks = sensor.asks.filter(({ kind }) => kind === walkKind).length;
  await page.getByRole("button", { name: /^(Start listening|Listen again)$/ }).click();
  const { id } = await script.begun(walks + 1);
  last = id;
  const machines = brandtHosts(Date.now()).filter(({ contacts }) => contacts > 0);
  script.set("answering", ...machines.map(({ host }) => host)).set("wireless", laptop);
  await script.say(id);
  await page.getByText("Armed.").waitFor();
  if (scene === "armed") return;
  await script.find("gone", scene === "found" ? mailer : printer).say(id);
  await page.getByText(scene === "found" ? "Right one." : "Wrong one.").waitFor();
}
