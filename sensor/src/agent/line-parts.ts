/**
 * What the judging process has only in the line, and some of it only in some placements; null where it is not
 * for this box. A capture file has none of it: it was not made on this machine's line.
 */
import type { SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import { defaultFlowLimits, trackedFlowHeldMs } from "../connection/flow-table.ts";
import type { ExecutorClient } from "../containment/executor-client.ts";
import { readFdb } from "../containment/protected-set.ts";
import { translatedFlow } from "../gateway/translated-flow.ts";
import type { Judge } from "../judge.ts";
import { ownPlace } from "../placement/own-anchors.ts";
import type { OwnNames } from "../placement/own-names.ts";
import type { LinePlacement } from "../placement/placement-choice.ts";
import { saveStanding } from "../placement/standing-file.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";
import { AnchorKeeper } from "./anchor-keeper.ts";
import { FlowRecorder } from "./flow-recorder.ts";
import type { HealthBoard } from "./health-board.ts";
import { NatRecorder } from "./nat-recorder.ts";
import { PacketRecorder } from "./packet-recorder.ts";
import { PlacementWatch } from "./placement-watch.ts";
import { gatewayAddress } from "./port-sides.ts";
import { RemedyKeeper } from "./remedy-keeper.ts";
import type { Source } from "./source.ts";
import type { Standing } from "./standing.ts";
import {
  flowLogPath,
  natLogPath,
  packetFolder,
  packetSocketPath,
  standingPath,
  trackerSocketPath,
  type SensorFolders,
} from "./state-folder.ts";
import { WalkKeeper } from "./walk-keeper.ts";

/** What each of these parts has to know of the place it works in. */
export interface LinePlace {
  readonly profile: SiteProfile;
  readonly folders: SensorFolders;
  /** False where a capture file is judged in place of the wire. */
  readonly isWire: boolean;
  /** A program that keeps records where it is run as a thread, and by which word each. */
  readonly threads: { readonly path: string; readonly flowLog: string; readonly packetRing: string };
  readonly health: HealthBoard;
  readonly log: Logger;
  /** The time by which is judged; epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** Whether a single machine can be cut off here. */
const canContain = ({ profile, isWire }: LinePlace) =>
  isWire && (profile.placement === "lan" || profile.placement === "gateway");

/** The log of connections. What a capture file holds was no connection of this site's. */
export function flowsOf(
  line: LinePlace,
  given: { readonly heldBack: () => number; readonly clockErrorMs: () => number | null },
): FlowRecorder | null {
  if (!line.isWire) return null;
  const { profile, folders, threads, health, log, now, monotonic } = line;
  return new FlowRecorder({
    program: { path: threads.path, args: [threads.flowLog] },
    path: flowLogPath(folders),
    ...given,
    isPortDecisive: profile.placement === "gateway" || profile.placement === "wan",
    heldMs: profile.placement === "gateway" ? trackedFlowHeldMs : defaultFlowLimits.heldMs,
    ...{ health, log, now, monotonic },
  });
}

/** The machines that the site cannot do without. Where no machine is contained nobody needs to be protected. */
export function anchorsOf(line: LinePlace, own: OwnNames, judge: Judge): AnchorKeeper | null {
  if (!canContain(line)) return null;
  const { profile, health, now } = line;
  return new AnchorKeeper({
    localNets: profile.site.localNets,
    readOwn: () => ownPlace(profile.ports.bridge),
    controller: () => own.controller,
    hosts: (keys) => judge.accusedAnd(keys),
    now,
    health,
  });
}

/** Where the box stands, by what it sees; and the way to another placement, where that was left to it. */
export function watchOf(
  line: LinePlace,
  own: OwnNames,
  judge: Judge,
  given: {
    readonly standing: Standing;
    readonly loopStopped: () => number | undefined;
    /** What keeps it where it is; null where nothing does. */
    readonly held: () => string | null;
    readonly blindSpots: () => readonly string[];
    /** Called when it is to work from another placement on. */
    readonly onMoved: () => void;
  },
): PlacementWatch | null {
  if (!line.isWire) return null;
  const { profile, folders, health, log, now, monotonic } = line;
  const { standing, loopStopped, held, blindSpots, onMoved } = given;
  const keepStanding = (found: LinePlacement) => {
    saveStanding(standingPath(folders), found).then(
      () => {
        health.clear("placement-unsaved");
        if (found === profile.placement) return;
        log.warn({ from: profile.placement, to: found }, "goes over to the placement that the traffic shows");
        onMoved();
      },
      (error: unknown) => {
        const text = `Where the box stands cannot be kept in mind: ${(error as Error).message}.`;
        health.raise("placement-unsaved", "warning", text);
      },
    );
  };
  return new PlacementWatch({
    profile,
    health,
    // From a mirror the box's way home is seen too.
    ownNames: () => (profile.placement === "mirror" ? [...own.exclude, ...own.ownMacs] : own.exclude),
    links: () => own.links,
    isOneSided: () => judge.isOneSided,
    loopStopped,
    readTable: () => readFdb(profile.ports.bridge),
    blindSpots,
    ...(standing.choice === null ? {} : { choice: { of: standing.choice, held, onFound: keepStanding } }),
    now,
    monotonic,
  });
}

/** What stays open to a machine that was cut off. Where the box routes, its own resolver opens names sooner than they are seen here. */
export function remediesOf(
  line: LinePlace,
  executor: ExecutorClient | null,
  given: {
    readonly pages: () => number;
    readonly established: () => ReadonlySet<string>;
    readonly blindSpots: () => readonly string[];
  },
): RemedyKeeper | null {
  if (executor === null || !canContain(line)) return null;
  const { profile, health, log, now } = line;
  return new RemedyKeeper({
    executor,
    localNets: profile.site.localNets,
    ...(profile.placement === "gateway" ? { ownAddress: gatewayAddress(profile) } : {}),
    ...{ now, log, health },
    ...given,
  });
}

/** The walk to the machines, for whoever pulls the cables. */
export function walksOf(
  line: LinePlace,
  own: OwnNames,
  judge: Judge,
  given: {
    readonly send: (frame: Uint8Array) => boolean;
    readonly bootId: string;
  },
): WalkKeeper | null {
  const { profile, log, now, monotonic } = line;
  if (!line.isWire || !WalkKeeper.isFor(profile.placement)) return null;
  return new WalkKeeper({
    localNets: profile.site.localNets,
    machines: () => judge.machines(),
    outsideMacs: () => judge.gatewayMacs(),
    own: () => own.bridge,
    // A gateway has several ports inside: its bridge has a link while any of them has.
    readLink: () => own.readLink(profile.placement === "gateway" ? profile.ports.bridge : profile.ports.inside),
    ...given,
    ...{ now, monotonic, log },
  });
}

/** The ring of packets, kept where a person was authorised to have them. */
export function packetsOf(
  line: LinePlace,
  given: { readonly tap: Source["tap"]; readonly latest: () => number },
): PacketRecorder | null {
  if (!line.isWire) return null;
  const { folders, threads, health, log } = line;
  return new PacketRecorder({
    program: { path: threads.path, args: [threads.packetRing] },
    folder: packetFolder(folders),
    socketPath: packetSocketPath(folders),
    ...given,
    ...{ health, log },
  });
}

/** What a gateway has translated: who was behind its address. */
export function natOf(
  line: LinePlace,
  judge: Judge,
  given: { readonly append: (entry: NoticeEntry) => void; readonly now: () => number },
): NatRecorder | null {
  const { profile, folders, health, monotonic } = line;
  if (!line.isWire || profile.placement !== "gateway") return null;
  return new NatRecorder({
    socketPath: trackerSocketPath(folders),
    memoryPath: natLogPath(folders),
    macOf: (address) => judge.macOf(address),
    onConnection: (event) => {
      const flow = translatedFlow(event);
      if (flow !== null) judge.translated(flow);
    },
    ...given,
    ...{ health, monotonic },
  });
}
