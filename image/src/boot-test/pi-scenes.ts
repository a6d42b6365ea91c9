import { contained, forwards, hasSaid, holds, isGuardedFromTheFirst } from "./judgements.ts";
import type { Scene } from "./scene.ts";
import { soundBox } from "./stories.ts";
import { hangMs } from "./patience.ts";

/*
 * Starts of the card for a Raspberry Pi, each from what its boot partition holds. No emulator runs the firmware of one, and
 * none here is a Pi 4 or 5: their processor, with their kernel and system, is tried on a machine without their chips.
 */
export const timedPiScene: Scene = {
  name: "a card on a Cortex-A72, with systemd",
  history: { quarantined: contained, damaged: [] },
  surroundings: { emulator: "virt" },
  form: "full",
  hasSensor: true,
  ends: { word: "judging", patienceMs: hangMs },
  stories: {
    "pi-full-line-forwards": forwards,
    "pi-full-skeleton-before-first-frame": isGuardedFromTheFirst,
    "pi-full-quarantine-holds": holds,
    "pi-full-sensor-judges": ({ machine }) => hasSaid(machine, "judging"),
    "pi-full-no-trouble": ({ machine }) => !hasSaid(machine, "TROUBLE"),
    "pi-full-box-is-silent": ({ witness }) => witness.strange.length === 0,
  },
};

export const hardPiScenes: readonly Scene[] = [
  {
    name: "a card on a Cortex-A72, with a stored quarantine",
    history: { quarantined: contained, damaged: [] },
    surroundings: { emulator: "virt" },
    form: "quick",
    hasSensor: true,
    ends: { word: "quick done", patienceMs: hangMs },
    stories: Object.fromEntries(Object.entries(soundBox).map(([name, isTrue]) => [`pi-${name}`, isTrue])),
  },
];

/** The machine itself, which has no room to judge in. */
export const pi3Scene: Scene = {
  name: "a card in a Raspberry Pi 3",
  history: { quarantined: contained, damaged: [] },
  surroundings: { emulator: "raspi3b" },
  form: "quick",
  hasSensor: false,
  ends: { word: "quick done", patienceMs: hangMs },
  stories: {
    "pi3-line-forwards": forwards,
    "pi3-skeleton-before-first-frame": isGuardedFromTheFirst,
    "pi3-quarantine-holds": (boot) => holds(boot) && hasSaid(boot.machine, "quick stored 1"),
    "pi3-runtime-loads": ({ machine }) => hasSaid(machine, "quick node v24.") && hasSaid(machine, "quick cap loads"),
    "pi3-card-is-whole": ({ machine }) =>
      hasSaid(machine, "quick kept 2") && hasSaid(machine, "quick provision profile.json"),
    "pi3-no-trouble": ({ machine }) => !hasSaid(machine, "TROUBLE"),
  },
};
