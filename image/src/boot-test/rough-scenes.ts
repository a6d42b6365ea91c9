import { boundsScan, contained, enforcedReflex, forwards, hasSaid, holds, stopsAll } from "./judgements.ts";
import { sceneMacs, type Boot, type Scene } from "./scene.ts";
import { hangMs } from "./patience.ts";

/** Names of the ports of another box, and this one's. */
const { management, inside, outside } = sceneMacs;
const [otherInside, otherOutside] = ["02:00:00:00:0b:01", "02:00:00:00:0b:02"];

/** The box is in an unusual place; line, quarantine and root are as ever. */
function elsewhere(
  story: string,
  scene: Pick<Scene, "name" | "history" | "surroundings">,
  said: Readonly<Record<string, (boot: Boot) => boolean>>,
): Scene {
  return {
    ...scene,
    form: "quick",
    hasSensor: false,
    ends: { word: "quick done", patienceMs: hangMs },
    stories: {
      [`${story}-line-forwards`]: forwards,
      [`${story}-quarantine-holds`]: holds,
      [`${story}-root-is-found`]: ({ machine }) => hasSaid(machine, "root of slot a"),
      ...said,
    },
  };
}

/** Other disks and ports than the usual; several of them in one boot where they do not hide one another. */
export const roughScenes: readonly Scene[] = [
  elsewhere(
    "sata-disk",
    {
      name: "with the disk on SATA, and another box's outside port",
      history: { ports: `inside0 ${inside}\noutside0 ${otherOutside}\n`, quarantined: contained, damaged: [] },
      surroundings: { diskBus: "ahci" },
    },
    { "other-outside-port-is-said": ({ machine }) => hasSaid(machine, "TROUBLE ports-unmatched") },
  ),
  elsewhere(
    "usb-disk",
    {
      name: "with the disk on USB, and another box's inside port",
      history: { ports: `inside0 ${otherInside}\noutside0 ${outside}\n`, quarantined: contained, damaged: [] },
      surroundings: { diskBus: "usb" },
    },
    { "other-inside-port-is-said": ({ machine }) => hasSaid(machine, "TROUBLE ports-unmatched") },
  ),
  elsewhere(
    "card",
    {
      name: "on a card, with an outside port on USB that provision does not know",
      history: {
        ports: `mgmt0 ${management}\ninside0 ${inside}\noutside0 ${otherOutside}\n`,
        quarantined: contained,
        damaged: [],
      },
      surroundings: { diskBus: "sd", hasOutsideOnUsb: true },
    },
    {},
  ),
  {
    name: "with a write-protected disk after an unclean end, spoiled stored sets and names of ports without a last newline",
    history: {
      ports: `mgmt0 ${management}\noutside0 ${outside}\ninside0 ${inside}`,
      quarantined: contained,
      limits: enforcedReflex,
      storeFaults: { isSpoiled: true, isUnclean: true },
      damaged: [],
    },
    surroundings: { isReadOnly: true },
    form: "quick",
    hasSensor: false,
    ends: { word: "quick done", patienceMs: hangMs },
    stories: {
      "protected-disk-line-forwards": forwards,
      // Of two machines in the set one is lost; the other is not let loose by that.
      "protected-and-spoiled-quarantine-holds": (boot) => stopsAll(boot) && hasSaid(boot.machine, "quick stored 1"),
      "protected-disk-is-said": ({ machine }) => hasSaid(machine, "TROUBLE held-write-protected"),
      "ports-without-a-last-newline-are-read": ({ machine }) => !hasSaid(machine, "TROUBLE ports-unmatched"),
      "spoiled-limits-are-kept-and-said": (boot) =>
        hasSaid(boot.machine, "TROUBLE stored-limits-damaged") && boundsScan(boot),
      "spoiled-set-is-said": ({ machine }) => hasSaid(machine, "TROUBLE stored-set-damaged"),
    },
  },
];
