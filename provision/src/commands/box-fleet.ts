/** What a controller knows of its boxes, and taking one back: provision and controller meet by its command line. */
import { resolve } from "node:path";
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
  await run(["sensor", "list", ...of(wish), ...json], "the controller lists no boxes", tell);
}

/** What there is to know of one box. */
export async function showBox(wish: BoxWish & { readonly json?: true }, tell: Tell): Promise<void> {
  const json = wish.json === true ? ["--json"] : [];
  await run(
    ["sensor", "show", ...of(wish), `--sensor-id=${wish.sensorId}`, ...json],
    "the controller does not show it",
    tell,
  );
}

/** Takes a box's identity back: key, certificate and token count no longer. */
export async function revokeBox(wish: BoxEndWish, tell: Tell): Promise<void> {
  await run(["sensor", "revoke", ...of(wish), ...named(wish)], "the box was not revoked", tell);
}

/** Orders a box to destroy its keys and what it knows of its site. */
export async function wipeBox(wish: BoxEndWish, tell: Tell): Promise<void> {
  await run(["sensor", "wipe", ...of(wish), ...named(wish)], "the box was not told to wipe itself", tell);
}

function of({ controllerData }: FleetWish): string[] {
  return ["--data", resolve(controllerData)];
}

function named({ sensorId, reason }: BoxEndWish): string[] {
  return [`--sensor-id=${sensorId}`, `--reason=${reason}`];
}

async function run(args: readonly string[], failure: string, tell: Tell): Promise<void> {
  tell((await runController(args, failure)).trimEnd());
}
