import type { LineFault, PlacementFinding } from "./find-placement.ts";
import type { LineFacts } from "./line-traffic.ts";

/** What is known of the one port besides what came by it. */
export interface MirrorFacts {
  /** Whether its cable leads anywhere; null where that is not known. */
  readonly hasLink: boolean | null;
  /** Machines ask, and nobody is ever answered. */
  readonly isOneSided: boolean;
  /** Frames came twice of late. */
  readonly hasCopies: boolean;
}

// A machine that is on asks for another one by ARP well within this time.
const patienceMs = 60_000;
// A quiet night has as long a pause between two contacts, a mirror that was taken away a longer one.
const quietMs = 1_800_000;

/** Says from what came by the one port of a mirror what it carries and what not. */
export function findMirror(facts: LineFacts, mirror: MirrorFacts): PlacementFinding {
  const { inside } = facts;
  const hasBoth = inside.askers > 0 && inside.answerers > 0;
  const isBeforeRouter = inside.askers === 0 && inside.publicAskers > 0;
  const reasons = [
    ...(hasBoth ? ["Questions and their answers both come in by this port: it receives copies of a line."] : []),
    ...(isBeforeRouter
      ? ["All that is asked comes from addresses that are none of the site's: copies of the far side of a router."]
      : []),
    ...(mirror.hasCopies ? ["Frames come twice, as from a switch that mirrors several ports; each counts once."] : []),
  ];
  const faults = faultsOf(facts, mirror);
  return {
    kind: hasBoth || isBeforeRouter ? "mirror" : null,
    reasons: reasons.length > 0 ? reasons : ["Too little has come by this port to tell what it carries."],
    blindSpots: [
      ...faults.flatMap(({ kind }) => blindness[kind] ?? []),
      ...(isBeforeRouter
        ? ["Which machine behind the router sends: after its address translation all share one address."]
        : []),
    ],
    faults,
  };
}

const blindness: Partial<Record<LineFault["kind"], string>> = {
  "not-mirrored": "Everything but broadcasts and the box's own traffic: this port shows no more.",
  "one-direction": "Answers: only one direction is mirrored, so nobody can be judged by who answers.",
};

function faultsOf(facts: LineFacts, { hasLink, isOneSided }: MirrorFacts): LineFault[] {
  if (hasLink === false) {
    return [{ kind: "side-dead", text: "The port that receives the copies has no link. By hand: look at its cable." }];
  }
  const { inside } = facts;
  if (inside.groupForMs >= patienceMs && inside.unicastAgoMs >= quietMs) {
    const text =
      "This port shows only its own traffic: broadcasts come in, and nothing that is for one machine alone. " +
      "By hand: have the switch mirror the router's port to it, in both directions.";
    return [{ kind: "not-mirrored", text }];
  }
  if (!isOneSided) return [];
  const text =
    "Only one direction is mirrored, or the line is dead: machines ask, and no answer comes by. Until one does, failed " +
    "contacts convict nobody. By hand: have the switch mirror both directions.";
  return [{ kind: "one-direction", text }];
}
