import {
  boundsScan,
  contained,
  countsScan,
  enforcedReflex,
  hasSaid,
  forwards,
  holds,
  isGuardedFromTheFirst,
  resetsTcp,
  resetsNothingElse,
  countsOnce,
  hasKnownFeatures,
  keepsSkeleton,
} from "./judgements.ts";
import { gatewayScene } from "./gateway-scene.ts";
import { hardStarts } from "./hard-starts.ts";
import { likeACable } from "./probes.ts";
import { roughScenes } from "./rough-scenes.ts";
import type { DiskHistory, Scene } from "./scene.ts";
import { hangMs } from "./patience.ts";

const patienceMs = hangMs;

/** A root that is not what was built is not gone on to, and the line stays. */
function tampered(name: string, story: string, history: Partial<DiskHistory>): Scene {
  return {
    name,
    history: { quarantined: contained, damaged: [], ...history },
    form: "quick",
    hasSensor: false,
    ends: { word: "the line stays up without a system", patienceMs },
    stories: {
      [`${story}-is-refused`]: ({ machine }) =>
        hasSaid(machine, "TROUBLE root-refused") && !hasSaid(machine, "root of") && !hasSaid(machine, "quick"),
      [`${story}-line-forwards`]: forwards,
      [`${story}-quarantine-holds`]: holds,
    },
  };
}

/** What a sound box shows whose kernel was given to it, whatever the board. */
export const soundBox: Scene["stories"] = {
  "line-forwards": forwards,
  "skeleton-before-first-frame": isGuardedFromTheFirst,
  "stored-quarantine-holds": (boot) => holds(boot) && hasSaid(boot.machine, "quick stored 1"),
  "quarantined-tcp-is-reset": resetsTcp,
  "reset-only-beyond": resetsNothingElse,
  "blocked-vector-is-reset": ({ machine, witness }) =>
    hasSaid(machine, "quick vector blocked") && witness.resetsOf("blocked-syn") > 0,
  "dry-reflex-passes-and-counts-a-scan": countsScan,
  "stopped-is-counted-once": countsOnce,
  "features-as-known": hasKnownFeatures,
  "executor-keeps-skeleton": keepsSkeleton,
  "passes-like-a-cable": ({ witness }) => likeACable.every((name) => witness.countOf(name) > 0),
  // Masks of bridge and ports, spanning tree, snooping.
  "bridge-is-a-cable": ({ machine }) => hasSaid(machine, "quick bridge 0xfff8 0xfffd 0xfffd 0 0"),
  "box-is-silent": ({ witness }) => witness.strange.length === 0,
  // Both said after the word that the sensor judges.
  "no-address-no-socket": ({ machine }) =>
    hasSaid(machine, "quick later addresses 0") && hasSaid(machine, "quick later sockets 0"),
  "root-is-verified-and-read-only": ({ machine }) =>
    machine.words.some(({ text }) => /^quick below CRYPT-VERITY-\S+ 1 1$/.test(text)),
  "sensor-judges": ({ machine }) => hasSaid(machine, "quick judging"),
  "runtime-loads": ({ machine }) => hasSaid(machine, "quick node v24.") && hasSaid(machine, "quick cap loads"),
  "no-trouble": ({ machine }) =>
    !hasSaid(machine, "TROUBLE") && hasSaid(machine, "quick troubles 0") && hasSaid(machine, "quick kept 2"),
};

export const scenes: readonly Scene[] = [
  {
    name: "with a stored quarantine",
    history: { quarantined: contained, damaged: [] },
    form: "quick",
    hasSensor: true,
    ends: { word: "quick done", patienceMs },
    stories: soundBox,
  },
  {
    name: "with a damaged data partition, stored limits, and made for other ports",
    history: {
      ports: "inside0 02:00:00:00:0b:01\r\noutside0 02:00:00:00:0b:02\r\n",
      quarantined: contained,
      limits: enforcedReflex,
      damaged: [{ partition: "data", where: "start" }],
    },
    form: "quick",
    hasSensor: false,
    ends: { word: "quick done", patienceMs },
    stories: {
      "damaged-data-line-forwards": forwards,
      "damaged-data-quarantine-holds": holds,
      // No process of ours runs in this scene, and none has.
      "stored-reflex-bounds-a-scan-by-itself": (boot) =>
        hasSaid(boot.machine, "stored-limits loaded") && boundsScan(boot),
      "other-ports-are-said": ({ machine }) => hasSaid(machine, "TROUBLE ports-unmatched"),
      "damaged-data-is-said": ({ machine }) => hasSaid(machine, "TROUBLE data-remade"),
    },
  },
  tampered("with a sound root of somebody else's", "tampered-root", { hasOtherRoot: true }),
  // As a card that rots: what mounting reads is sound.
  tampered("with changed blocks in the root's files", "root-with-changed-blocks", {
    damaged: [{ partition: "root-a", where: "files" }],
  }),
  tampered("with changed blocks in the root's directories", "root-with-changed-directories", {
    damaged: [{ partition: "root-a", where: "directories" }],
  }),
  gatewayScene,
  ...roughScenes,
  ...hardStarts,
];

/** As a box starts. */
export const timedScene: Scene = {
  name: "by UEFI, with systemd",
  history: { quarantined: contained, damaged: [] },
  form: "full",
  hasSensor: true,
  ends: { word: "judging", patienceMs: hangMs },
  stories: {
    "full-line-forwards": forwards,
    "full-skeleton-before-first-frame": isGuardedFromTheFirst,
    "full-quarantine-holds": holds,
    // The reader has opened the log group, which it does once the judge and its socket are there.
    "full-sensor-judges": ({ machine }) => hasSaid(machine, "judging"),
    "full-box-is-silent": ({ witness }) => witness.strange.length === 0,
  },
};
