import { reflexBudgets } from "@cordon/contract";
import { noElements, type Elements } from "../../../sensor/src/containment/element-sets.ts";
import { afterLimitStep } from "../../../sensor/src/containment/limit-elements.ts";
import { featuresIn } from "./feature-table.ts";
import type { Machine } from "./machine.ts";
import { macText, players, stopped } from "./probes.ts";
import type { Boot } from "./scene.ts";

export const contained = [macText(players.contained)];

export function hasSaid(machine: Machine, beginning: string): boolean {
  return machine.hasSaid(beginning);
}

export function forwards({ machine, witness }: Boot): boolean {
  return hasSaid(machine, "forwarding") && witness.countOf("free-out") > 0 && witness.countOf("free-in") > 0;
}

/** Nothing of the contained machine passed, though it tried all the time, whatever became of the stored set. */
export function stopsAll({ machine, witness }: Boot): boolean {
  return hasSaid(machine, "forwarding") && stopped.every((name) => witness.countOf(name) === 0);
}

/** Of the contained machine something may have passed before the stored set was loaded, and nothing since. */
export function stopsSinceLoaded({ machine, witness }: Boot): boolean {
  const loaded = machine.words.find(({ text }) => text.startsWith("stored-set loaded"));
  // A frame that was under way, on a host that is busy with something else.
  const slackMs = 500;
  return (
    loaded !== undefined &&
    stopped.every((name) => {
      const lastAt = witness.lastAt(name);
      return lastAt === null || lastAt < loaded.at + slackMs;
    })
  );
}

export function holds({ machine, witness }: Boot): boolean {
  return hasSaid(machine, "stored-set loaded") && stopsAll({ machine, witness });
}

/** Frames were sent from power-on; the first came through only after the rules were said to hold. */
export function isGuardedFromTheFirst({ machine, witness }: Boot): boolean {
  const skeleton = machine.words.find(({ text }) => text.startsWith("skeleton loaded"));
  const firstAt = witness.firstAt();
  return skeleton !== undefined && firstAt !== null && skeleton.at < firstAt;
}

/** Of each family, a new connection and one that stands; with a tag too. */
export function resetsTcp({ machine, witness }: Boot): boolean {
  const answered = [
    ...["contained-syn", "contained-data", "contained-syn-6", "contained-data-6"],
    ...["contained-syn-tagged"],
  ];
  return hasSaid(machine, "skeleton loaded, reset") && answered.every((name) => witness.resetsOf(name) > 0);
}

/** Nothing for a machine that was not heard outside, nothing for the far side, nothing for a reset. */
export function resetsNothingElse({ witness }: Boot): boolean {
  const others = ["contained-to-unheard", "contained-from-gateway", "contained-rst", "free-syn"];
  return others.every((name) => witness.resetsOf(name) === 0) && witness.countOf("free-syn") > 0;
}

/** Stored limits with the reflex enforced for all machines. */
export const enforcedReflex: Elements = afterLimitStep(noElements, {
  kind: "reflex-set",
  settings: { mode: "enforce", budget: "usual", hosts: [], exempt: [] },
});

/** New targets beyond the budget, as the kernel counted them. */
function reflexCounted({ machine }: Boot): { readonly passed: number; readonly stopped: number } {
  const word = machine.words.find(({ text }) => text.startsWith("quick reflex"));
  const [, passed, stopped] = /passed (\d+) stopped (\d+)/.exec(word?.text ?? "") ?? [];
  return { passed: Number(passed), stopped: Number(stopped) };
}

// So many tries are more than any budget, over as many seconds as it takes.
const manyTries = 200;

/** From the first frame on, a scan comes no further than to the targets that may be unanswered at a time. */
export function boundsScan(boot: Boot): boolean {
  const { scanned, scannedOf } = boot.witness;
  const { passed, stopped } = reflexCounted(boot);
  const isBounded = scanned.size > 0 && scanned.size <= reflexBudgets.usual.misses && scannedOf > manyTries;
  return isBounded && stopped > 0 && passed === 0;
}

/** Nothing of a scan is stopped where nobody has said so, and what would have been is counted. */
export function countsScan(boot: Boot): boolean {
  const { scanned, scannedOf } = boot.witness;
  const { passed, stopped } = reflexCounted(boot);
  // What was on its way when the power went has not come out.
  return scanned.size > scannedOf * 0.8 && scannedOf > manyTries && passed > 0 && stopped === 0;
}

export function countsOnce({ machine }: Boot): boolean {
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

export function hasKnownFeatures({ machine }: Boot): boolean {
  const features = featuresIn(machine.words);
  return (
    features.size === Object.keys(known).length && [...features].every(([name, isThere]) => known[name] === isThere)
  );
}

/** The executor found the rendering that the initramfs had loaded, and left it. */
export function keepsSkeleton({ machine }: Boot): boolean {
  const versionIn = (beginning: string) =>
    machine.words.find(({ text }) => text.startsWith(beginning))?.text.slice(beginning.length);
  const loaded = versionIn("quick skeleton ");
  return loaded !== undefined && /^[0-9a-f]{12}$/.test(loaded) && versionIn("quick later skeleton ") === loaded;
}
