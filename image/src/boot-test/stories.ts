import { featuresIn } from "./feature-table.ts";
import type { Machine } from "./machine.ts";
import { likeACable, macText, players, stopped } from "./probes.ts";
import type { Witness } from "./witness.ts";

/** What has happened to the disk before it is booted. */
export interface DiskHistory {
  /** What provision wrote of the ports; nothing by default. */
  readonly ports?: string;
  /** MACs that were in quarantine when the power went. */
  readonly quarantined: readonly string[];
  readonly damaged: readonly { readonly partition: string; readonly where: "start" | "middle" }[];
}

/** What has happened to the disk before it is booted. */
export interface DiskHistory {
  /** What provision wrote of the ports; nothing by default. */
  readonly ports?: string;
  /** MACs that were in quarantine when the power went. */
  readonly quarantined: readonly string[];
  readonly damaged: readonly { readonly partition: string; readonly where: "start" | "middle" }[];
}

/** What a boot has shown. */
export interface Boot {
  readonly machine: Machine;
  readonly witness: Witness;
}

/** One start of the box, and what must be true of it. */
export interface Scene {
  readonly name: string;
  readonly history: DiskHistory;
  readonly form: "quick" | "full";
  /** Whether the quick form starts the sensor, which takes most of its time; the full form always does. */
  readonly hasSensor: boolean;
  /** The word that ends the scene, and how long it may take, ms. */
  readonly ends: { readonly word: string; readonly patienceMs: number };
  readonly stories: Readonly<Record<string, (boot: Boot) => boolean>>;
}

const contained = [macText(players.contained)];

function hasSaid(machine: Machine, beginning: string): boolean {
  return machine.hasSaid(beginning);
}

function forwards({ machine, witness }: Boot): boolean {
  return hasSaid(machine, "forwarding") && witness.countOf("free-out") > 0 && witness.countOf("free-in") > 0;
}

function holds({ machine, witness }: Boot): boolean {
  return hasSaid(machine, "stored-set loaded") && stopped.every((name) => witness.countOf(name) === 0);
}

/** Frames were sent from power-on; the first came through only after the rules were said to hold. */
function isGuardedFromTheFirst({ machine, witness }: Boot): boolean {
  const skeleton = machine.words.find(({ text }) => text.startsWith("skeleton loaded"));
  const firstAt = witness.firstAt();
  return skeleton !== undefined && firstAt !== null && skeleton.at < firstAt;
}

/** Of each family, a new connection and one that stands; with a tag too. */
function resetsTcp({ machine, witness }: Boot): boolean {
  const answered = [
    ...["contained-syn", "contained-data", "contained-syn-6", "contained-data-6"],
    ...["contained-syn-tagged"],
  ];
  return hasSaid(machine, "skeleton loaded, reset") && answered.every((name) => witness.resetsOf(name) > 0);
}

/** Nothing for a machine that was not heard outside, nothing for the far side, nothing for a reset. */
function resetsNothingElse({ witness }: Boot): boolean {
  const others = ["contained-to-unheard", "contained-from-gateway", "contained-rst", "free-syn"];
  return others.every((name) => witness.resetsOf(name) === 0) && witness.countOf("free-syn") > 0;
}

function countsOnce({ machine }: Boot): boolean {
  const word = machine.words.find(({ text }) => text.startsWith("quick counted"));
  const [, all, byElement] = /counted (\d+) (\d+)/.exec(word?.text ?? "") ?? [];
  return Number(all) > 0 && all === byElement;
}

/** Debian's 6.12. A kernel that can do more or less than that is to be looked at before it is shipped. */
const known: Readonly<Record<string, boolean>> = {
  "reject-bridge-prerouting": true,
  "reject-bridge-forward": false,
  "reject-netdev": false,
  "conntrack-bridge": true,
  "meta-ibrname": true,
  "vlan-match": true,
  "qinq-match": true,
  "pppoe-match": true,
  "payload-match": true,
  nflog: true,
  "element-counters": true,
  "set-timeout": true,
  "limit-in-element": true,
  "netdev-ingress": true,
  "netdev-egress": true,
  queue: true,
  "flowtable-bridge": false,
};

function hasKnownFeatures({ machine }: Boot): boolean {
  const features = featuresIn(machine.words);
  return (
    features.size === Object.keys(known).length && [...features].every(([name, isThere]) => known[name] === isThere)
  );
}

/** The executor found the rendering that the initramfs had loaded, and left it. */
function keepsSkeleton({ machine }: Boot): boolean {
  const versionIn = (beginning: string) =>
    machine.words.find(({ text }) => text.startsWith(beginning))?.text.slice(beginning.length);
  const loaded = versionIn("quick skeleton ");
  return loaded !== undefined && /^[0-9a-f]{12}$/.test(loaded) && versionIn("quick later skeleton ") === loaded;
}

const patienceMs = 240_000;

/** A root that is not what was built is not gone on to, and the line stays. */
function tampered(where: "start" | "middle", name: string): Scene {
  return {
    name: `with a root changed at its ${where}`,
    history: { quarantined: contained, damaged: [{ partition: "root-a", where }] },
    form: "quick",
    hasSensor: false,
    ends: { word: "the line stays up without a system", patienceMs },
    stories: {
      [`${name}-is-refused`]: ({ machine }) => hasSaid(machine, "TROUBLE root-refused") && !hasSaid(machine, "quick"),
      [`${name}-line-forwards`]: forwards,
      [`${name}-quarantine-holds`]: holds,
    },
  };
}

export const scenes: readonly Scene[] = [
  {
    name: "after a power cut",
    history: { quarantined: contained, damaged: [] },
    form: "quick",
    hasSensor: true,
    ends: { word: "quick done", patienceMs },
    stories: {
      "line-forwards": forwards,
      "skeleton-before-first-frame": isGuardedFromTheFirst,
      "stored-quarantine-holds": holds,
      "quarantined-tcp-is-reset": resetsTcp,
      "reset-only-beyond": resetsNothingElse,
      "blocked-vector-is-reset": ({ machine, witness }) =>
        hasSaid(machine, "quick vector blocked") && witness.resetsOf("blocked-syn") > 0,
      "stopped-is-counted-once": countsOnce,
      "features-as-known": hasKnownFeatures,
      "executor-keeps-skeleton": keepsSkeleton,
      "passes-like-a-cable": ({ witness }) => likeACable.every((name) => witness.countOf(name) > 0),
      // Mask, spanning tree, snooping.
      "bridge-is-a-cable": ({ machine }) => hasSaid(machine, "quick bridge 0xfff8 0 0"),
      "box-is-silent": ({ witness }) => witness.strange.length === 0,
      "no-address-no-socket": ({ machine }) =>
        hasSaid(machine, "quick addresses 0") && hasSaid(machine, "quick sockets 0"),
      "root-is-verified": ({ machine }) => hasSaid(machine, "root of slot a"),
      "sensor-judges": ({ machine }) => hasSaid(machine, "quick judging"),
      "runtime-loads": ({ machine }) => hasSaid(machine, "quick node v24.") && hasSaid(machine, "quick cap loads"),
      "no-trouble": ({ machine }) => !hasSaid(machine, "TROUBLE") && hasSaid(machine, "quick kept 2"),
    },
  },
  {
    name: "with a damaged data partition, and made for other ports",
    history: {
      ports: "inside0 02:00:00:00:0b:01\r\noutside0 02:00:00:00:0b:02\r\n",
      quarantined: contained,
      damaged: [{ partition: "data", where: "start" }],
    },
    form: "quick",
    hasSensor: false,
    ends: { word: "quick done", patienceMs },
    stories: {
      "damaged-data-line-forwards": forwards,
      "damaged-data-quarantine-holds": holds,
      "other-ports-are-said": ({ machine }) => hasSaid(machine, "TROUBLE ports-unmatched"),
      "damaged-data-is-said": ({ machine }) => hasSaid(machine, "TROUBLE data-unreadable"),
    },
  },
  tampered("start", "tampered-root"),
  // As a card that rots, or a hand that changes one program: what mounting reads is sound.
  tampered("middle", "root-with-changed-blocks"),
  {
    name: "by UEFI, with systemd",
    history: { quarantined: contained, damaged: [] },
    form: "full",
    hasSensor: true,
    ends: { word: "judging", patienceMs: 420_000 },
    stories: {
      "full-line-forwards": forwards,
      "full-skeleton-before-first-frame": isGuardedFromTheFirst,
      "full-quarantine-holds": holds,
      // The reader has opened the log group, which it does once the judge and its socket are there.
      "full-sensor-judges": ({ machine }) => hasSaid(machine, "judging"),
      "full-box-is-silent": ({ witness }) => witness.strange.length === 0,
    },
  },
];
