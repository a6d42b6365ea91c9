import { contained, forwards, hasSaid, stopsAll, stopsSinceLoaded } from "./judgements.ts";
import { sceneMacs, type Boot, type Scene } from "./scene.ts";
import { hangMs } from "./patience.ts";

const { management, inside, outside } = sceneMacs;
const otherManagement = "02:00:00:00:0b:03";
const patienceMs = hangMs;

function managesBy(mac: string, { machine }: Boot): boolean {
  return hasSaid(machine, `management-port ${mac}`);
}

/** Starts in which something that the order of the boot counts on is missing, late, or somebody else's work. */
export const hardStarts: readonly Scene[] = [
  {
    name: "on NVMe, with commands in the stored set, a profile beyond all measure, and no name for the management port",
    history: {
      ports: `inside0 ${inside}\noutside0 ${outside}\n`,
      quarantined: contained,
      storeFaults: { hasCommands: true },
      profileBytes: 3_000_000,
      damaged: [],
    },
    surroundings: { diskBus: "nvme" },
    form: "quick",
    hasSensor: false,
    ends: { word: "quick done", patienceMs },
    stories: {
      "commands-in-the-stored-set-line-forwards": forwards,
      "commands-in-the-stored-set-are-not-run": (boot) =>
        stopsAll(boot) && hasSaid(boot.machine, "quick stored 1") && hasSaid(boot.machine, "quick vector blocked"),
      "commands-in-the-stored-set-are-said": ({ machine }) => hasSaid(machine, "TROUBLE stored-set-damaged"),
      "oversized-profile-is-left-and-said": ({ machine }) =>
        hasSaid(machine, "TROUBLE profile-unusable") &&
        machine.words.some(({ text }) => text.trimEnd() === "quick provision ports"),
      "port-without-a-name-is-for-management": (boot) =>
        managesBy(management, boot) && !hasSaid(boot.machine, "TROUBLE ports-unmatched"),
    },
  },
  {
    name: "without a partition of the root or of quarantines, and with another box's management port",
    history: {
      ports: `inside0 ${inside}\nmgmt0 ${otherManagement}\noutside0 ${outside}\n`,
      quarantined: [],
      missing: ["root-a", "held"],
      damaged: [],
    },
    form: "quick",
    hasSensor: false,
    ends: { word: "TROUBLE root-missing", patienceMs },
    stories: {
      "no-root-no-held-line-forwards": forwards,
      "no-root-no-held-is-said": ({ machine }) =>
        hasSaid(machine, "TROUBLE held-missing") && !hasSaid(machine, "root of"),
      "other-management-port-is-replaced-and-said": (boot) =>
        managesBy(management, boot) && hasSaid(boot.machine, `TROUBLE ports-unmatched: the management port`),
    },
  },
  {
    name: "with an empty slot, and without a partition of quarantines",
    history: {
      quarantined: [],
      missing: ["held"],
      damaged: [
        { partition: "root-a", where: "all" },
        { partition: "verity-a", where: "all" },
      ],
    },
    form: "quick",
    hasSensor: false,
    ends: { word: "the line stays up without a system", patienceMs },
    stories: {
      "empty-slot-no-held-line-forwards": forwards,
      "empty-slot-no-held-is-said": ({ machine }) =>
        hasSaid(machine, "TROUBLE held-missing") &&
        hasSaid(machine, "TROUBLE root-refused") &&
        !hasSaid(machine, "quick"),
    },
  },
  {
    name: "with a disk that comes after the line has gone up without it",
    history: { quarantined: contained, damaged: [] },
    surroundings: { diskBus: "usb", diskComesAfter: "forwarding" },
    form: "quick",
    hasSensor: false,
    ends: { word: "quick done", patienceMs },
    stories: {
      "late-disk-line-forwards": forwards,
      "late-disk-is-said": ({ machine }) =>
        hasSaid(machine, "TROUBLE held-late") && hasSaid(machine, "TROUBLE boot-partition-late"),
      "late-disk-profile-is-read": ({ machine }) => hasSaid(machine, "quick provision profile.json"),
      "late-disk-quarantine-comes-into-force": (boot) =>
        stopsSinceLoaded(boot) && hasSaid(boot.machine, "quick stored 1"),
    },
  },
];
