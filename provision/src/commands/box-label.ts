import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readBootFile } from "../../../image/src/boot-partition.ts";
import { isPinOf } from "../box/pin.ts";
import { ProvisionError } from "../errors.ts";
import { labelLanguage } from "../label-language.ts";
import { factsOf } from "../label/facts.ts";
import { writeLabel } from "../label/write-label.ts";
import type { Leftovers } from "../leftovers.ts";
import { readProfile } from "../read-profile.ts";
import { checkSameSite } from "../site/same-site.ts";
import { readSite } from "../site/read-site.ts";

export interface BoxLabelWish {
  /** The box's image, or the card it is on. */
  readonly box: string;
  /** For what its profile does not say: what the line carries, where the controller's pages are. */
  readonly site?: string;
  /** As `box create` said it; absent leaves room on the sheet. */
  readonly pin?: string;
  /** As a BCP 47 tag; absent means English. */
  readonly language?: string;
  /** Where languages of the operator's own are. */
  readonly controllerData: string;
  readonly out: string;
  readonly force?: true;
}

/** Prints the sheet of a box that was made, once more. */
export async function printLabel(
  wish: BoxLabelWish,
  leftovers: Leftovers,
  tell: (line: string) => void,
): Promise<void> {
  if (!/\.(pdf|svg)$/i.test(wish.out)) {
    throw new ProvisionError("bad-options", `--out ${wish.out}: a label is a .pdf or a .svg`);
  }
  if (wish.pin !== undefined && !/^\d{8}$/.test(wish.pin)) {
    throw new ProvisionError("bad-options", "--pin: a PIN has eight digits; without it there is room to write it down");
  }
  const language = await labelLanguage(wish.language ?? "en", wish.controllerData);
  const text = await readBootFile(wish.box, "profile.json");
  if (text === null) {
    throw new ProvisionError("no-box", `${wish.box} is an image for no box yet; box create makes one of it`);
  }
  const folder = await mkdtemp(join(tmpdir(), "cordon-label-"));
  leftovers.add(folder);
  const path = join(folder, "profile.json");
  await writeFile(path, text, { mode: 0o600 });
  const { profile } = await readProfile(path);
  // A PIN of another box, or of this one before it was made anew, would be found out at the client's.
  if (wish.pin !== undefined && (profile.pin === undefined || !isPinOf(wish.pin, profile.pin))) {
    throw new ProvisionError(
      "wrong-pin",
      `--pin: this is not the PIN of ${profile.sensor}; without it there is room to write it down`,
    );
  }
  const named = (await readBootFile(wish.box, "ports")) ?? "";
  const ports = new Map([...named.matchAll(/^(\w+) (\S+)$/gm)].map(([, name = "", mac = ""]) => [name, mac]));
  const plan = wish.site === undefined ? null : await readSite(wish.site, Date.now());
  if (plan !== null)
    checkSameSite({ sensorId: profile.sensor, siteName: profile.site.name }, wish.site ?? "", plan.name);
  const lacking = await writeLabel(resolve(wish.out), factsOf({ profile, ports, plan, pin: wish.pin ?? null }), {
    isForced: wish.force === true,
    language,
  });
  tell(`Wrote ${resolve(wish.out)}: the label of ${profile.sensor}, ${profile.site.name}.`);
  if (lacking !== null) tell(`Beware: ${lacking}`);
}
