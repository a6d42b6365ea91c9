/** What a controller knows of its boxes, and taking one back: provision and controller meet by its command line. */
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ProvisionError } from "../errors.ts";
import { runController } from "../run-controller.ts";

interface FleetWish {
  readonly controllerData: string;
}

export interface BoxWish extends FleetWish {
  readonly sensorId: string;
}

export interface BoxEndWish extends BoxWish {
  readonly reason: string;
}

type Tell = (line: string) => void;

/** Every box that the controller knows, one on a line. */
export async function listBoxes(wish: FleetWish & { readonly json?: true }, tell: Tell): Promise<void> {
  const json = wish.json === true ? ["--json"] : [];
  await run(wish, ["sensor", "list", ...of(wish), ...json], "the controller lists no boxes", tell);
}

/** What there is to know of one box. */
export async function showBox(wish: BoxWish & { readonly json?: true }, tell: Tell): Promise<void> {
  const json = wish.json === true ? ["--json"] : [];
  await run(
    wish,
    ["sensor", "show", ...of(wish), `--sensor-id=${wish.sensorId}`, ...json],
    "the controller does not show it",
    tell,
  );
}

/** What the controller knows of one box, as far as is wanted here. */
export async function knownBox({ controllerData, sensorId }: BoxWish): Promise<{ readonly siteName: string }> {
  await checkController(controllerData);
  const args = ["sensor", "show", ...of({ controllerData }), `--sensor-id=${sensorId}`, "--json"];
  return JSON.parse(await runController(args, "the controller does not show it")) as { readonly siteName: string };
}

interface NamedBox {
  readonly sensorId: string;
  readonly siteName: string;
  readonly state: string;
}

/** All that the controller knows, as far as is wanted here. */
export async function knownBoxes({ controllerData }: FleetWish): Promise<readonly NamedBox[]> {
  const args = ["sensor", "list", ...of({ controllerData }), "--json"];
  return JSON.parse(await runController(args, "the controller lists no boxes")) as readonly NamedBox[];
}

/** Whether there is one: its authority, without which it is made. */
export function isController(folder: string): Promise<boolean> {
  return access(join(folder, "keys")).then(
    () => true,
    () => false,
  );
}

/** Throws `no-controller`: it would be made by being asked, and answer that it knows nobody. */
export async function checkController(controllerData: string): Promise<void> {
  const folder = resolve(controllerData);
  if (await isController(folder)) return;
  const words = `there is no controller in ${folder}; --controller-data says where its data are`;
  throw new ProvisionError("no-controller", words);
}

/** Takes a box's identity back: key, certificate and token count no longer. */
export async function revokeBox(wish: BoxEndWish, tell: Tell): Promise<void> {
  await run(wish, ["sensor", "revoke", ...of(wish), ...named(wish)], "the box was not revoked", tell);
}

/** Orders a box to destroy its keys and what it knows of its site. */
export async function wipeBox(wish: BoxEndWish, tell: Tell): Promise<void> {
  await run(wish, ["sensor", "wipe", ...of(wish), ...named(wish)], "the box was not told to wipe itself", tell);
}

function of({ controllerData }: FleetWish): string[] {
  return ["--data", resolve(controllerData)];
}

function named({ sensorId, reason }: BoxEndWish): string[] {
  return [`--sensor-id=${sensorId}`, `--reason=${reason}`];
}

async function run(wish: FleetWish, args: readonly string[], failure: string, tell: Tell): Promise<void> {
  await checkController(wish.controllerData);
  tell((await runController(args, failure)).trimEnd());
}
