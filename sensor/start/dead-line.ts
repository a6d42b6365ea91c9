import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { newPages } from "../../provision/src/box/pages.ts";
import { newPin } from "../../provision/src/box/pin.ts";
import type { ControllerProcess } from "./controller-process.ts";
import type { Office, OfficeOrder } from "./office.ts";
import { lineWithPhone, openPagesHere, type Labelled } from "./own-pages.ts";
import type { Telling } from "./telling.ts";

// Both infected machines are known by then, and the box may act by itself.
const livesMs = 60_000;
const deadMs = 600_000;
const awaySeconds = 20;

/** The box that a dead line is played with, and its label. */
export interface DeadLineBox {
  readonly line: NonNullable<OfficeOrder["line"]>;
  readonly labelled: Labelled;
  readonly pin: string;
}

/** Makes it, with a PIN of its own. */
export async function deadLineBox(folder: string): Promise<DeadLineBox> {
  const { pin, hash } = newPin((size) => randomBytes(size));
  const labelled = { pin: hash, pages: await newPages({ sensor: "lab" }) };
  return { line: lineWithPhone(folder, awaySeconds, labelled), labelled, pin: `${pin.slice(0, 4)} ${pin.slice(4)}` };
}

/** Lets the line die after a minute, and return after ten more; says where the box serves its own pages meanwhile. */
export async function playDeadLine(
  { lab, controller }: Pick<Office, "lab"> & { readonly controller: Pick<ControllerProcess, "brokerPort"> },
  { labelled, pin }: DeadLineBox,
  telling: Telling,
  signal: AbortSignal,
): Promise<void> {
  const { url, fingerprint } = await openPagesHere(lab, labelled);
  telling.headline([
    `The line dies in ${livesMs / 1000} s. ${awaySeconds} s later the box is its own centre, as if you stood beside it with a phone:`,
    "",
    `The box:     ${url}`,
    `Its PIN:     ${pin}`,
    `Its label:   ${fingerprint}`,
    "             (the browser warns of the certificate: hold its SHA-256 against these pairs)",
  ]);
  await delay(livesMs, null, { signal });
  lab.relayTo(null);
  await lab.cutLine({ signal });
  telling.say("The line is dead.");
  await delay(deadMs, null, { signal });
  await lab.restoreLine({ signal });
  lab.relayTo(controller.brokerPort);
  telling.say("The line is back: the box hands back what was done there.");
}
