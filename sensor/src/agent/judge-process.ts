/**
 * The judging process put together: capture → judge → spool → link, and the agent's loop. It owns
 * the order of start and end; what each part does is in its own file.
 */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { release, type as systemName } from "node:os";
import {
  contractVersion,
  packedDesired,
  remediesInForce,
  takesAsks,
  takesUpdate,
  takesWalks,
  takesWipe,
  type Hello,
  type Pulse,
  type RemediesWish,
  type SiteProfile,
} from "@cordon/contract";
import type { Logger } from "pino";
import type { CentreKeeper } from "../centre/centre-keeper.ts";
import type { ListenAddress } from "../centre/listen-address.ts";
import { ownCentreParts } from "../centre/own-centre.ts";
import { DuplicateFilter } from "../capture/duplicate-filter.ts";
import { ExecutorClient } from "../containment/executor-client.ts";
import { readKernelFeatures, type KernelFeatures } from "../containment/kernel-features.ts";
import type { FlowLine } from "../connection/flow.ts";
import { SimulatedExecutor } from "../containment/simulated-executor.ts";
import { portalCopyName } from "../containment/skeleton.ts";
import { openableNames } from "../gateway/openable-names.ts";
import { IdentityKeeper } from "../identity/identity-keeper.ts";
import type { OwnKey } from "../identity/own-key.ts";
import type { Judge } from "../judge.ts";
import { DesiredKeeper } from "../link/desired-keeper.ts";
import { Dialer } from "../link/dialer.ts";
import { Link } from "../link/link.ts";
import { NoticeSender } from "../link/notice-sender.ts";
import type { Packet } from "../packet/packet.ts";
import { linkCheck } from "../placement/link-check.ts";
import { OwnNames } from "../placement/own-names.ts";
import { captureStatement } from "../placement/statement.ts";
import { writeFileAtomic } from "../record/atomic-file.ts";
import { UpdateKeeper } from "../update/update-keeper.ts";
import { WipeKeeper } from "../wipe/wipe-keeper.ts";
import { loadWipeMark } from "../wipe/wipe-mark.ts";
import { saveCheckpoint } from "../record/checkpoint.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";
import { Spool } from "../record/spool.ts";
import { Agent, type AgentMemory } from "./agent.ts";
import { asking, askingAtBox } from "./asking.ts";
import { AutomaticKeeper } from "./automatic-keeper.ts";
import { ProbationKeeper } from "./probation-keeper.ts";
import { loadAgentMemory, saveAgentMemory, urgentOf } from "./agent-memory.ts";
import { BootHealth } from "./boot-health.ts";
import { ClockWatch } from "./clock-watch.ts";
import { DiskWrites, readDiskWrites } from "./disk-writes.ts";
import { HealthBoard } from "./health-board.ts";
import { Judging } from "./judging.ts";
import { LatestWriter } from "./latest-writer.ts";
import { anchorsOf, flowsOf, natOf, packetsOf, remediesOf, walksOf, watchOf, type LinePlace } from "./line-parts.ts";
import { standingOf } from "./standing.ts";
import { policyChangeOf } from "./policy-change-of.ts";
import { Portal } from "./portal.ts";
import { RefusalCounter } from "./refusal-counter.ts";
import { ReportPace } from "./report-pace.ts";
import { restoredJudge } from "./restored-judge.ts";
import { SpoolWatch } from "./spool-watch.ts";
import { captureFileSource, wireSource, type Source } from "./source.ts";
import {
  agentMemoryPath,
  automaticPath,
  captureSocketPath,
  checkpointPath,
  desiredPath,
  executorSocketPath,
  identityPath,
  incidentPath,
  kernelFeaturesPath,
  otherCheckpointPath,
  packetFolder,
  remedyNamesPath,
  spoolFolder,
  updateFolder,
  wayHomePath,
  wipeMarkPath,
  type SensorFolders,
} from "./state-folder.ts";
import { TrustedTime } from "./trusted-time.ts";
import { WayHomeNote, wayHomeOf } from "./way-home.ts";
import { whatIsHeld } from "./what-is-held.ts";

export interface JudgeProcessOptions {
  readonly profile: SiteProfile;
  readonly folders: SensorFolders;
  /** A capture file to judge in place of the wire; null for the wire. */
  readonly capture: { readonly path: string; readonly isLoop: boolean } | null;
  /** A program that keeps records where it is run as a thread, and by which word each. */
  readonly threads: { readonly path: string; readonly flowLog: string; readonly packetRing: string };
  /** Where the box left notes of its start; null where it leaves none. */
  readonly bootNotes: string | null;
  /** Where whoever installs releases says how far he is; null where nobody does. */
  readonly updateStatus: string | null;
  /** With what the box can be its own centre, and when; null where it cannot. */
  readonly ownCentre: {
    readonly program: string;
    readonly listen: () => ListenAddress | null;
    readonly awayMs: number;
  } | null;
  /** Version of this program. */
  readonly software: string;
  readonly log: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly random: () => number;
  /** Files that hold keys of the box's data; with them goes what they encrypt when the box is wiped. Default none. */
  readonly dataKeys?: readonly string[];
  /**
   * Where the box's system says what it has destroyed, once it was given the order to forget the site. Absent: there is none that
   * does, and what is not this process's to destroy stays.
   */
  readonly forgotten?: string;
  /** Called when the box is to work from another placement on, or to forget its site: this process has to be started anew for it. */
  readonly onMoved: () => void;
  /** Makes a key for the sensor; see `identity/own-key.ts`. */
  readonly makeKey: (sensorId: string) => Promise<OwnKey>;
}

// Flash bears so many writes. A verdict, a containment and a leap of the clock are written at once; what waits is evidence
// that convicts nobody yet, and counts. A power cut takes a minute of it.
const checkpointEveryMs = 60_000;
const memoryEveryMs = 60_000;
const housekeepingEveryMs = 1000;
const pulseEveryMs = 2000;
// The first judging is noted while this runs, and somebody who has just switched it on may be waiting for the word.
const bootNotesEveryMs = 10_000;
const diskEveryMs = 60_000;
const clockEveryMs = 5000;
const anchorsEveryMs = 30_000;
const identityEveryMs = 60_000;
const contestText =
  "The controller’s end closed connections that were well and let the box in again at once, five times within five minutes. Most likely somebody else has this box’s key and takes its place by turns: a card was copied. Take the copy out of the line, revoke the box, and write the right card anew.";
// A port that was plugged in is somebody else on the line until it is known.
const ownNamesEveryMs = 5000;
// The agent's rounds follow each other within seconds, the executor's silence included.
const roundPatienceMs = 30_000;

export interface JudgeProcess {
  /** Whether the kernel and the wish are still being compared, which all else in this process would delay. */
  isWell(): boolean;
  /** Ends judging and gives everything to the disk that belongs there. */
  close(): Promise<void>;
}

/** Starts judging. */
export async function startJudgeProcess(given: JudgeProcessOptions): Promise<JudgeProcess> {
  const mark = await loadWipeMark(wipeMarkPath(given.folders), given.profile);
  if (mark !== null) {
    const { startWiped } = await import("../wipe/wiped-process.ts");
    return startWiped(mark, given);
  }
  const standing = await standingOf(given.profile, { folders: given.folders, isWire: given.capture === null });
  const options = { ...given, profile: standing.profile };
  const { profile, folders, capture, log, now, monotonic } = options;
  await mkdir(folders.state, { recursive: true, mode: 0o700 });
  await mkdir(folders.run, { recursive: true, mode: 0o700 });
  const startedAt = now();
  const isMirror = capture === null && profile.placement === "mirror";
  const bootId = randomBytes(8).toString("hex");
  const health = new HealthBoard(now);
  const refusals = new RefusalCounter();

  const own = new OwnNames({
    ports: profile.ports,
    placement: profile.placement,
    controllerHost: profile.controller.host,
  });
  // A capture file was not made on this machine's line.
  const refreshInterfaces = () => (capture === null ? own.refreshInterfaces() : Promise.resolve(false));
  const [memory] = await Promise.all([
    loadAgentMemory(agentMemoryPath(folders)),
    refreshInterfaces(),
    own.refreshController(),
  ]);
  const time = new TrustedTime({ now, monotonic, savedAt: memory?.trustedAt ?? null });
  // A capture file's clock is all there is to it.
  const judgedNow = () => (capture === null ? time.likely() : now());
  const line: LinePlace = {
    profile,
    folders,
    isWire: capture === null,
    threads: options.threads,
    health,
    log,
    now: judgedNow,
    monotonic,
  };
  const knownPath = standing.hasMoved ? otherCheckpointPath(folders) : checkpointPath(folders);
  const flows = flowsOf(line, {
    heldBack: () => source.heldBack(agent.observed),
    clockErrorMs: () => time.errorMs,
  });
  const taking = flows === null ? {} : { flows: { seen: (line: FlowLine) => flows.take(line), heldMs: flows.heldMs } };
  const judge = await restoredJudge({ profile, path: knownPath, own, ...taking, health, log });
  const anchors = anchorsOf(line, own, judge);
  await anchors?.refresh();
  const watch = watchOf(line, own, judge, {
    standing,
    loopStopped: () => agent.observed?.groups?.loopStopped,
    held: () => whatIsHeld(agent.reported),
    blindSpots: () => anchors?.blindSpots() ?? [],
    onMoved: options.onMoved,
  });
  const filter = new DuplicateFilter();
  const copies = { isCopy: (packet: Packet) => filter.isCopy(packet), onCopy: (at: number) => watch?.noteCopy(at) };
  const executorClient = capture === null ? new ExecutorClient({ socketPath: executorSocketPath(folders) }) : null;
  const portal = new Portal({
    siteName: profile.site.name,
    secret: randomBytes(32),
    send: (frame) => source.answer(frame),
  });
  const remedies = remediesOf(line, executorClient, {
    pages: () => portal.pages,
    established: () => probation.established,
    blindSpots: () => anchors?.blindSpots() ?? [],
  });
  const walks = walksOf(line, own, judge, {
    send: (frame) => source.ask(frame),
    bootId,
  });
  let verdictsKept = Promise.resolve();
  const judging = new Judging({
    judge,
    now: judgedNow,
    onPacket(packet) {
      watch?.observe(packet);
      remedies?.observe(packet);
      anchors?.observe(packet);
      walks?.observe(packet);
    },
    ...(isMirror ? { copies } : {}),
    onHost: (host, at) => append({ kind: "host", at, host }),
    onLine: (line, at) => {
      append({ kind: "line", at, line });
      agent.kick();
    },
    onChange({ isVerdict }) {
      const make = () => judge.checkpoint();
      // A verdict that was told has to outlive this process.
      if (!isVerdict) return checkpoints.offer(make);
      verdictsKept = checkpoints.offerNow(make);
      // The policy may have something to do about it.
      agent.kick();
    },
  });
  const source: Source =
    capture === null
      ? wireSource({
          profile,
          socketPath: captureSocketPath(folders),
          now: judgedNow,
          monotonic,
          log,
          // What is meant for the page has another copy for judging.
          onFrame: (frame) => (frame.rule === portalCopyName ? portal.take(frame) : judging.observe(frame)),
          onArpAnswer: (frame) => walks?.answered(frame),
          onTapEnded: (text) => packets?.tapEnded(text),
        })
      : captureFileSource({ ...capture, now, log, onFrame: (frame) => judging.observe(frame) });
  // First of all, so that a restart is blind for as short as can be; what is found is taken from the first tick on.
  await source.start();

  const packets = packetsOf(line, {
    tap: source.tap,
    // Of two clocks the later ends it.
    latest: () => Math.max(now(), time.now()),
  });

  const spool = new Spool({
    folder: spoolFolder(folders),
    bootId,
    startedAt,
    // What is judged of a capture may be of any year.
    now: () => (capture === null ? time.earliest() : 0),
    monotonic,
    onSpooled: () => pumpNotices(),
    onInvalid({ kind }) {
      log.error({ kind }, "left out a notice that no controller would take");
      health.raise("notice-invalid", "warning", `A notice (${kind}) could not be told: it is not as it has to be.`);
    },
  });
  await spool.open();
  const append = (entry: NoticeEntry) => {
    spool.append(entry);
    centre?.notice(entry);
  };

  const failures = (code: string, what: string) => (error: unknown) => {
    if (error === null) health.clear(code);
    else health.raise(code, "warning", `${what}: ${(error as Error).message}`);
  };
  const checkpoints = new LatestWriter({
    intervalMs: checkpointEveryMs,
    write: (value: ReturnType<Judge["checkpoint"]>) => saveCheckpoint(knownPath, value),
    onOutcome: failures("checkpoint-unwritable", "Verdicts would not survive a restart"),
  });
  const memories = new LatestWriter({
    intervalMs: memoryEveryMs,
    write: (value: AgentMemory) => saveAgentMemory(agentMemoryPath(folders), value),
    onOutcome: failures("memory-unwritable", "Times of containments would not survive a restart"),
  });

  const automatic = new AutomaticKeeper({
    path: automaticPath(folders),
    profile,
    hosts: (keys) => judge.accusedAnd(keys),
    anchors: () => anchors?.earned() ?? new Set(),
    random: () => randomBytes(8),
    monotonic,
    log,
    health,
  });
  const probation = new ProbationKeeper({
    path: incidentPath(folders),
    profile,
    judge,
    write: writeFileAtomic,
    log,
    health,
  });
  // Of a machine that is no box, which has no updates of ours, the disks are others' as well.
  const isBox = capture === null && options.updateStatus !== null;
  const disk = isBox ? new DiskWrites({ read: readDiskWrites, health, monotonic }) : null;
  let keptUrgent = "";
  let roundAt = monotonic();
  const wiping = new WipeKeeper({
    ...{ path: wipeMarkPath(folders), profile: given.profile, log, monotonic },
    onMarked: options.onMoved,
  });
  const updates =
    options.updateStatus === null
      ? null
      : new UpdateKeeper({
          ...{ folder: updateFolder(folders), statusFolder: options.updateStatus },
          dialer: { dial: (call) => dialer.dial(call) },
          identity: () => identity.current,
          isLineWell: () => judge.line().state !== "dead",
          onChange: () => agent.kick(),
          ...{ health, log, now, monotonic, random: options.random },
        });
  const pace = new ReportPace({ monotonic, send: (reported) => link.publishReported(reported) });
  const boot = options.bootNotes === null ? null : new BootHealth({ folder: options.bootNotes, health, log });
  const agent = new Agent({
    executor: executorClient ?? new SimulatedExecutor({ clock: now }),
    policy: profile.policy,
    automatic,
    probation,
    isSimulated: capture !== null,
    placement: profile.placement,
    declared: profile.declared,
    protectedMachines: () => anchors?.protectedMachines() ?? [],
    ...(anchors === null ? {} : { cardsOf: (address) => anchors.cardsOf(address) }),
    localNets: profile.site.localNets,
    hosts: (keys) => judge.accusedAnd(keys),
    bootId,
    now,
    monotonic,
    // Nothing is cut while a capture is played, and its clock is all there is.
    trustedNow: () => (capture === null ? time.now() : now()),
    log,
    health,
    line: () => judge.line(),
    lineChecks: () =>
      capture === null ? [linkCheck(own.links, profile.placement, own.speeds), ...judge.lineChecks()] : undefined,
    refused: () => refusals.counts(),
    remedies: () => remedies?.report(),
    boot: () => boot?.reported,
    record: () => ({
      ...(flows?.reported === undefined ? {} : { flows: flows.reported }),
      ...(packets?.reported === undefined ? {} : { packets: packets.reported }),
      ...(disk?.reported === undefined ? {} : { disk: disk.reported }),
    }),
    update: updates === null ? undefined : () => updates.reported,
    memory,
    onMemory(value) {
      const urgent = urgentOf(value);
      if (urgent === keptUrgent) return memories.offer(() => value);
      keptUrgent = urgent;
      void memories.offerNow(() => value);
    },
    onReported: (reported) => {
      roundAt = monotonic();
      remedies?.seen(agent.observed);
      pace.offer(reported);
      wiping.look(reported);
      centre?.reported(reported);
    },
    onChange(entry) {
      const change = policyChangeOf(entry, desired.current?.document ?? null);
      if (change !== null) judge.policyChanged(change);
      return append(entry);
    },
  });
  // The name service of a repair network opens what it resolves for them.
  const tellRemedyNames = async (wish: RemediesWish | undefined) => {
    if (capture !== null || profile.placement !== "gateway") return;
    try {
      const names = openableNames(remediesInForce(wish).names);
      await writeFileAtomic(remedyNamesPath(folders), JSON.stringify(names), 0o640);
      health.clear("remedies-untold");
    } catch (error) {
      health.raise("remedies-untold", "warning", `New remedies are not open: ${(error as Error).message}.`);
    }
  };
  let isLoading = true;
  const countRefusal = (code: string, text: string) => {
    refusals.count(code);
    health.raise("desired-refused", "warning", `A desired document was refused (${code}): ${text}.`.slice(0, 400));
    agent.kick();
  };
  let centre: CentreKeeper | null = null;
  // Without a PIN nobody could sign in there, and without a certificate everybody on the way would hear it.
  const ownParts =
    options.ownCentre === null || profile.pin === undefined || profile.pages === undefined || capture !== null
      ? null
      : await ownCentreParts({
          ...{ folders, profile, refusals, log },
          onChange: () => centre?.changed(),
          onSaved: failures("desired-unsaved", "What is wished would not survive a restart"),
        }).catch((error: unknown) => {
          failures("own-centre-failed", "The box cannot be its own centre")(error);
          return null;
        });
  const desired = new DesiredKeeper({
    path: desiredPath(folders),
    profile,
    // A clock years ahead must not keep a person's word from the box.
    now: () => time.earliest(),
    log,
    ...(ownParts === null ? {} : { own: { ...ownParts.own, now: () => Math.max(time.earliest(), time.now()) } }),
    onAdopted: (adopted, saved) => {
      // Of its own clock the box learns nothing.
      if (adopted.document.local === undefined) time.signed(adopted.document.issuedAt, !isLoading);
      void tellRemedyNames(adopted.document.remedies);
      const duties = (adopted.document.duties ?? []).map(({ host, duty }) => ({ mac: host, duty }));
      // What was restored was weighed under what was wished then.
      judge.declareDuties(duties, { keepsPast: isLoading });
      agent.adopt(adopted, saved);
      remedies?.adopt(adopted.document);
      portal.adopt(adopted.document.portal);
      packets?.adopt(adopted.document.recording);
      wiping.adopt(adopted.document);
      updates?.adopt(adopted.document, adopted.signed);
      centre?.changed();
    },
    onRefused: countRefusal,
    onAccepted: () => health.clear("desired-refused"),
    onSaved: failures("desired-unsaved", "What is wished would not survive a restart"),
  });
  await desired.load();
  await automatic.load();
  await probation.load();
  isLoading = false;
  packets?.adopt(desired.current?.document.recording);
  await boot?.look();

  let kernelFeatures: KernelFeatures | null = null;
  const hello = (): Hello => ({
    version: contractVersion,
    bootId,
    at: now(),
    software: options.software,
    kernel: `${systemName()} ${release()}`,
    placement: watch?.statement ?? captureStatement(profile.placement),
    interfaces: capture === null ? own.ports : [],
    kernelFeatures: kernelFeatures ?? {},
    canContain: capture === null && (profile.placement === "lan" || profile.placement === "gateway"),
    takes: [
      ...[packedDesired, takesAsks, takesWipe],
      ...(walks === null ? [] : [takesWalks]),
      ...(updates === null ? [] : [takesUpdate]),
    ],
    obeys: desired.obeys,
    spooled: [...spool.accounts()],
    ...desired.holds,
    ...(ownParts === null ? {} : { ownKey: ownParts.own.key.publicKey }),
  });
  const dialer = new Dialer({ controller: profile.controller, trustedNow: () => time.now() });
  const identity: IdentityKeeper = new IdentityKeeper({
    profile,
    path: identityPath(folders),
    dialer,
    makeKey: options.makeKey,
    trustedNow: () => time.now(),
    random: options.random,
    health,
    log,
    onChange: () => link.wake(),
    onTrouble: (text) => portal.note(text),
  });
  await identity.load();
  const link = new Link({
    profile,
    dialer,
    identity: () => identity.current,
    bootId,
    now,
    random: options.random,
    log,
    hello,
    reported: () => agent.upToDate,
    onDesired: (payload) => desired.take(payload),
    onStored: (payload) => void sender.stored(payload).catch(pumpFailed),
    ...(ownParts === null ? {} : { onDelegation: (payload: Uint8Array) => ownParts.delegation.take(payload) }),
    onAsk: (askId, payload) => asks.take(askId, payload),
    onRefused: () => identity.refused(),
    onChange: (isConnected) => {
      centre?.connected(isConnected);
      if (!isConnected) return;
      lookAtContest();
      identity.accepted();
      asks.tell(true);
      void sender.connected().catch(pumpFailed);
      // Its name could be resolved just now.
      void own.refreshController().then(leaveOut);
    },
  });
  const wayHome = new WayHomeNote(wayHomePath(folders));
  const lookAtContest = () => {
    if (link.isContested) health.raise("link-contested", "warning", contestText);
    else health.clear("link-contested");
  };
  const asks = asking({
    dialer,
    identity: () => identity.current,
    bootId,
    selfTest: {
      folder: folders.state,
      hello,
      health,
      time,
      spool,
      observed: () => agent.observed,
      isSimulated: capture !== null,
      framesSeen: () => judging.frames,
    },
    ...(packets === null ? {} : { slice: { recorder: packets, folder: packetFolder(folders) } }),
    ...(flows === null ? {} : { lookUp: (question) => flows.lookUp(question) }),
    ...(walks === null
      ? {}
      : {
          walk: walks.handlerFor({
            publish: (walk) => link.publishWalk(walk),
            isConnected: () => link.isConnected,
          }),
        }),
    link: () => link,
    refusals,
    log,
    now,
    monotonic,
    random: options.random,
  });
  const nat = natOf(line, judge, {
    append: (entry) => spool.append(entry),
    now,
  });
  await nat?.start();
  const sender: NoticeSender = new NoticeSender({
    spool,
    onTakes: (kinds) => nat?.takes(kinds),
    publish: (payload) => link.publishNotices(payload),
    isKept: () => verdictsKept,
    monotonic,
    onRefused: (code) => refusals.count(code),
  });
  const pumpFailed = (error: unknown) => log.error({ err: error }, "cannot send notices");
  const pumpNotices = () => void sender.pump().catch(pumpFailed);

  const leaveOut = (isChanged: boolean) => {
    if (!isChanged) return;
    log.info({ exclude: own.exclude, ownMacs: own.ownMacs }, "the box's own names changed");
    judge.leaveOut(own);
  };
  let isHelloOwed = false;
  const lookAtOwnNames = async () => {
    const isChanged = await refreshInterfaces();
    leaveOut(isChanged);
    isHelloOwed ||= isChanged;
    await watch?.readTable();
  };
  // They are tried away from the line, by a process of its own, once.
  const takeFeatures = async () => {
    if (kernelFeatures !== null || capture !== null) return;
    kernelFeatures = await readKernelFeatures(kernelFeaturesPath(folders));
    isHelloOwed ||= kernelFeatures !== null;
  };

  const clock = new ClockWatch({ time, isOwn: capture === null, health, log });
  const spoolWatch = new SpoolWatch(spool, health, () => judge.hosts(), now);
  const keepHouse = () => {
    pumpNotices();
    asks.tell(false);
    if (watch?.look() === true) isHelloOwed = true;
    wayHome.tell(wayHomeOf(link.isConnected, judge.line()));
    if (isHelloOwed) centre?.hello();
    centre?.look();
    // Without a connection the next one tells it anyway.
    if (isHelloOwed) isHelloOwed = link.isConnected && !link.publishHello();
    void takeFeatures();
    anchors?.tell();
    if (anchors !== null) remedies?.nameResolvers(anchors.resolvers());
    source.tell(health);
    spoolWatch.look();
    flows?.tell();
    packets?.look();
    updates?.look();
  };
  const pulse = () => {
    const figures: Pulse = {
      version: contractVersion,
      bootId,
      at: now(),
      contacts: judge.contacts,
      packetsStopped: agent.packetsStopped,
      packetsSeen: judging.frames,
      packetsLimited: source.heldBack(agent.observed),
    };
    link.publishPulse(figures);
    centre?.pulse(figures);
  };

  // A new boot begins with what is known: notices of the boot before may have been lost with it.
  for (const host of judge.hosts()) spool.append({ kind: "host", at: startedAt, host });
  await clock.look();
  await disk?.look();
  flows?.start();
  judging.start();
  agent.start();
  remedies?.start();
  link.start();
  // Last of all: whatever becomes of it, the line is carried and judged.
  identity.start();
  if (ownParts !== null && options.ownCentre !== null) {
    centre = await ownParts.open({
      ...{ ...options.ownCentre, desired, hello, health, now, monotonic, append: (entry) => spool.append(entry) },
      flush: () => spool.flush(),
      hosts: () => judge.hosts(),
      reported: () => agent.reported,
      asks: ({ answer, ...listener }) =>
        askingAtBox({
          ...{ bootId, answer, refusals, log, now, monotonic },
          ...(flows === null ? {} : { lookUp: (question) => flows.lookUp(question) }),
          ...(walks === null ? {} : { walk: walks.handlerFor(listener) }),
        }),
    });
    // It may be connected by now.
    if (link.isConnected) centre.connected(true);
    centre.start();
  }
  const timers = [
    setInterval(keepHouse, housekeepingEveryMs),
    setInterval(pulse, pulseEveryMs),
    setInterval(() => void lookAtOwnNames(), ownNamesEveryMs),
    setInterval(() => void boot?.look(), bootNotesEveryMs),
    setInterval(() => void disk?.look(), diskEveryMs),
    setInterval(() => void clock.look(), clockEveryMs),
    setInterval(() => void anchors?.refresh(), anchorsEveryMs),
    setInterval(() => identity.look(), identityEveryMs),
    setInterval(lookAtContest, identityEveryMs),
  ];
  const { exclude, ownMacs } = own;
  log.info({ bootId, sensor: profile.sensor, exclude, ownMacs, hosts: judge.hosts().length }, "judging");

  return {
    isWell: () => monotonic() - roundAt < roundPatienceMs,
    async close() {
      for (const timer of timers) clearInterval(timer);
      judging.close();
      await centre?.close();
      identity.close();
      asks.close();
      await updates?.close();
      await source.close();
      await nat?.close();
      judge.close();
      await Promise.all([agent.close(), flows?.close(), packets?.close()]);
      await remedies?.close();
      executorClient?.close();
      checkpoints.offer(() => judge.checkpoint());
      await Promise.all([checkpoints.close(), memories.close(), probation.close(), spool.flush()]);
      await link.close();
      await spool.close();
    },
  };
}
