/**
 * The sensor's program. `run` supervises three processes; the other commands are those processes,
 * each with the privileges of its role alone.
 */
import { execFile } from "node:child_process";
import { access, constants as fileConstants, mkdir, readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { defaultGateway, type Placement, type SiteProfile } from "@cordon/contract";
import { Command, Option } from "commander";
import { pino, type Logger } from "pino";

import type { JudgeProcessOptions } from "./agent/judge-process.ts";
import { tryKernelFeatures } from "./agent/kernel-trial.ts";
import { rolesOf } from "./agent/roles.ts";
import { ServiceManager, systemdNotify } from "./agent/service-manager.ts";
import {
  captureSocketPath,
  executorSocketPath,
  leasesPath,
  packetSocketPath,
  remedyNamesPath,
  trackerSocketPath,
  kernelFeaturesPath,
  meetingFolders,
} from "./agent/state-folder.ts";
import { Supervisor } from "./agent/supervisor.ts";
import { addressNow, listenPlaceOf } from "./centre/listen-address.ts";
import { defaultLogGroup } from "./capture/selection.ts";
import { SensorError } from "./errors.ts";
import type { OwnKey } from "./identity/own-key.ts";
import type { UpdaterProcessOptions } from "./install/updater-process.ts";
import { releaseIn, softwareVersion } from "./version.ts";

interface Places {
  readonly state: string;
  readonly run: string;
}

interface Ending {
  readonly exitWithParent?: true;
}

interface JudgeFlags extends Places, Ending {
  readonly profile: string;
  readonly capture?: string;
  readonly loop?: true;
  readonly boot?: string;
  readonly updateStatus?: string;
  readonly dataKey?: readonly string[];
  readonly forgotten?: string;
  readonly centre?: string;
  readonly centreListen?: string;
  readonly centreAfter: number;
}

interface ExecutorFlags extends Places, Ending {
  readonly placement: Placement;
  readonly bridge?: string;
  readonly inside?: string;
  readonly outside?: string;
  readonly address?: string;
}

// The executor looks at the kernel every two seconds; a look at a full table takes a slow box some more.
const selfCheckPatienceMs = 30_000;

const thisFile = fileURLToPath(import.meta.url);
// Of a bundle it lies beside the parts.
const recordProgram = thisFile.endsWith(".mjs")
  ? thisFile.replace(/\.mjs$/, ".parts/record.mjs")
  : fileURLToPath(new URL("record/main.ts", import.meta.url));
const thisProgram = [process.execPath, ...process.execArgv, thisFile];
const monotonic = () => performance.now();

function logOf(process_: string): Logger {
  const destination = pino.destination({ fd: 1, sync: true });
  // Whoever read the log is gone; judging goes on without one.
  destination.on("error", () => undefined);
  return pino({ base: { process: process_ } }, destination);
}

/** Tells the service manager, where there is one, that this process does its work, and for how long. */
function tellReady(status: string, isWell: () => boolean): void {
  const notify = systemdNotify((reason) => process.stderr.write(`cordon-sensor: cannot tell systemd: ${reason}\n`));
  new ServiceManager({ environment: process.env, processId: process.pid, notify }).ready(status, isWell);
}

/** Calls `end` once: at SIGTERM, SIGINT, or when stdin closes where that is asked for. */
function onEnd(exitWithParent: true | undefined, end: (signal: NodeJS.Signals) => Promise<void>): void {
  let isEnding = false;
  const once = (signal: NodeJS.Signals) => {
    if (isEnding) return;
    isEnding = true;
    end(signal).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGTERM", once);
  process.on("SIGINT", once);
  // A closed terminal takes everything with it.
  process.on("SIGHUP", once);
  if (exitWithParent !== true) return;
  process.stdin.once("end", () => once("SIGTERM"));
  process.stdin.once("error", () => once("SIGTERM"));
  process.stdin.resume();
}

function fail(error: unknown): never {
  const text = error instanceof SensorError ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`cordon-sensor: ${text}\n`);
  process.exit(1);
}

// Each process loads its own parts and no others: memory is what a small box has least of.
async function profileOf(flags: Pick<JudgeFlags, "profile">): Promise<SiteProfile> {
  const { loadProfile } = await import("./agent/load-profile.ts");
  return loadProfile(flags.profile);
}

function captureOf(flags: JudgeFlags): { readonly path: string; readonly isLoop: boolean } | null {
  return flags.capture === undefined ? null : { path: flags.capture, isLoop: flags.loop === true };
}

async function run(flags: JudgeFlags): Promise<void> {
  // Said now and once, not by a process that is started again and again.
  const { ports, placement, gateway = defaultGateway } = await profileOf(flags);
  for (const folder of [flags.state, flags.run, ...meetingFolders(flags)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  if (flags.capture !== undefined) {
    await access(flags.capture, fileConstants.R_OK).catch((cause: Error) => {
      throw new SensorError("capture-not-found", `cannot read ${flags.capture}: ${cause.message}`, { cause });
    });
  }
  const program = [process.execPath, thisFile];
  const isRoot = process.getuid?.() === 0;
  const supervisor = new Supervisor({
    roles: rolesOf({
      program,
      profilePath: flags.profile,
      ports,
      placement,
      gateway,
      state: flags.state,
      run: flags.run,
      capture: captureOf(flags),
      isRoot,
      judgeMore:
        flags.centre === undefined || flags.centreListen === undefined
          ? []
          : [
              ...["--centre", flags.centre, "--centre-listen", flags.centreListen],
              ...["--centre-after", String(flags.centreAfter)],
            ],
    }),
    monotonic,
    log: logOf("supervisor"),
  });
  let endTrial: (() => void) | null = null;
  onEnd(flags.exitWithParent, (signal) => {
    endTrial?.();
    return supervisor.close(signal);
  });
  supervisor.start();
  // Last of all: nobody waits for it. A capture file is judged without any kernel.
  if (flags.capture !== undefined) return;
  endTrial = tryKernelFeatures({ program, run: flags.run, isRoot, log: logOf("supervisor") });
}

async function judge(flags: JudgeFlags): Promise<void> {
  const { startJudgeProcess } = await import("./agent/judge-process.ts");
  const judging = await startJudgeProcess({
    profile: await profileOf(flags),
    folders: flags,
    capture: captureOf(flags),
    bootNotes: flags.boot ?? null,
    updateStatus: flags.updateStatus ?? null,
    ...(flags.dataKey === undefined ? {} : { dataKeys: flags.dataKey }),
    ...(flags.forgotten === undefined ? {} : { forgotten: flags.forgotten }),
    ownCentre: ownCentreOf(flags),
    threads: { path: recordProgram, flowLog: "flow-log", packetRing: "packet-ring" },
    software: await releaseIn(dirname(thisFile)),
    log: logOf("judge"),
    now: () => Date.now(),
    monotonic,
    random: () => Math.random(),
    makeKey: keyByProcess,
    // Whoever keeps the processes running starts it again.
    onMoved: () => process.kill(process.pid, "SIGTERM"),
  });
  onEnd(flags.exitWithParent, () => judging.close());
  tellReady("judging", () => judging.isWell());
}

/** The controller's program on the box, and where it serves; null where there is none. */
function ownCentreOf({ centre, centreListen, centreAfter }: JudgeFlags): JudgeProcessOptions["ownCentre"] {
  if (centre === undefined || centreListen === undefined) return null;
  const place = listenPlaceOf(centreListen);
  return { program: centre, listen: () => addressNow(place), awayMs: centreAfter * 1000 };
}

/** A box makes a key once; what that takes is loaded by another process than the one that judges. */
async function keyByProcess(sensorId: string): Promise<OwnKey> {
  const [program = "", ...args] = thisProgram;
  const { stdout } = await promisify(execFile)(program, [...args, "make-key", "--sensor", sensorId], {
    // A slow box has better things to do.
    timeout: 120_000,
  });
  return JSON.parse(stdout) as OwnKey;
}

async function checkWipe(flags: { readonly profile: string; readonly order: string }): Promise<void> {
  const { orderFault } = await import("./wipe/order-fault.ts");
  const fault = orderFault(await readFile(flags.order, "utf8"), await profileOf(flags));
  if (fault !== null) throw new SensorError("wipe-refused", `no order to forget the site: ${fault}`);
}

async function makeKey(flags: { readonly sensor: string }): Promise<void> {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Then it is in nobody's way for half a second.
  }
  const { makeOwnKey } = await import("./identity/own-key.ts");
  process.stdout.write(`${JSON.stringify(await makeOwnKey(flags.sensor))}\n`);
}

async function executor(flags: ExecutorFlags): Promise<void> {
  await mkdir(flags.state, { recursive: true, mode: 0o700 });
  let checkedAt = monotonic();
  const common = {
    socketPath: executorSocketPath(flags),
    logGroup: defaultLogGroup,
    clock: () => Date.now(),
    monotonic,
    endsWithStdin: flags.exitWithParent === true,
    onSelfChecked: () => (checkedAt = monotonic()),
  };
  if (flags.placement === "mirror") {
    const { runMirrorExecutor } = await import("./containment/mirror-process.ts");
    await runMirrorExecutor({ ...common, port: named(flags.inside, "--inside") });
  } else if (flags.placement === "gateway") {
    const { runGatewayExecutor } = await import("./containment/gateway-process.ts");
    await runGatewayExecutor({
      ...common,
      stateFolder: flags.state,
      bridge: named(flags.bridge, "--bridge"),
      outsidePort: named(flags.outside, "--outside"),
      insideAddress: named(flags.address, "--address").replace(/\/.*/, ""),
    });
  } else {
    const { runExecutor } = await import("./containment/executor-process.ts");
    await runExecutor({
      ...common,
      stateFolder: flags.state,
      bridge: named(flags.bridge, "--bridge"),
      outsidePort: named(flags.outside, "--outside"),
      isOutsideRouter: flags.placement === "wan",
    });
  }
  tellReady("ruleset and stored set are in force", () => monotonic() - checkedAt < selfCheckPatienceMs);
}

function named(port: string | undefined, option: string): string {
  if (port === undefined) throw new SensorError("port-not-named", `here the executor needs ${option}`);
  return port;
}

async function reader(flags: Pick<Places, "run"> & Ending & { readonly inside?: string }): Promise<void> {
  const { runReader } = await import("./capture/reader-process.ts");
  await runReader({
    group: defaultLogGroup,
    socketPath: captureSocketPath(flags),
    clock: () => Date.now(),
    monotonic,
    tap: flags.inside === undefined ? null : { port: flags.inside, socketPath: packetSocketPath(flags) },
    sendFrames: flags.inside === undefined ? null : [...thisProgram, "send-frames", "--port", flags.inside],
    endsWithStdin: flags.exitWithParent === true,
  });
  // Its work is a loop of events: while timers come, so do packets.
  tellReady("reading what the kernel selected", () => true);
}

async function send(flags: { readonly port: string; readonly hearsArp?: true }): Promise<void> {
  const { sendFrames } = await import("./capture/send-frames.ts");
  sendFrames(flags.port, { hearsArp: flags.hearsArp === true });
}

interface NamesFlags extends Pick<Places, "run">, Ending {
  readonly bridge: string;
  readonly address: string;
  readonly resolver?: readonly string[];
}

async function names(flags: NamesFlags): Promise<void> {
  const { runNameService } = await import("./gateway/name-service-process.ts");
  const stop = new AbortController();
  const log = logOf("names");
  const service = runNameService({
    bridge: flags.bridge,
    address: flags.address,
    resolvers: flags.resolver ?? null,
    leasesPath: leasesPath(flags),
    namesPath: remedyNamesPath(flags),
    // In a namespace of one user dnsmasq would look for another one in vain.
    ...(process.getuid?.() === 0 ? { user: "root" } : {}),
    onReady: () => tellReady("giving out names and addresses", () => true),
    log: (text) => log.info(text),
    signal: stop.signal,
  });
  onEnd(flags.exitWithParent, async () => {
    stop.abort();
    await service;
  });
  await service;
}

async function tracker(flags: Pick<Places, "run"> & Ending): Promise<void> {
  const { runTracker } = await import("./gateway/tracker-process.ts");
  const stop = new AbortController();
  const log = logOf("tracker");
  const tracking = runTracker({
    socketPath: trackerSocketPath(flags),
    onReady: () => tellReady("noting who is behind which outside port", () => true),
    log: (text) => log.warn(text),
    signal: stop.signal,
  });
  onEnd(flags.exitWithParent, async () => {
    stop.abort();
    await tracking;
  });
  await tracking;
}

async function features(flags: { readonly json?: true; readonly run?: string }): Promise<void> {
  const { kernelFeatures, probeKernelFeatures, saveKernelFeatures } = await import("./containment/kernel-features.ts");
  const { nftPort } = await import("./containment/nft.ts");
  // Nobody waits for it, and a box that is just starting has better things to do.
  const found = await probeKernelFeatures(nftPort({ timeoutMs: 60_000 }));
  if (flags.run !== undefined) return saveKernelFeatures(kernelFeaturesPath({ run: flags.run }), found);
  const lines =
    flags.json === true
      ? [JSON.stringify(found)]
      : kernelFeatures.map(({ name, what }) => `${name.padEnd(26)}${found[name] === true ? "yes" : "no "}  ${what}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function testWorm(): Promise<void> {
  const { wormTest } = await import("./agent/worm-test.ts");
  const fault = wormTest();
  process.stdout.write(fault === "" ? "a worm is named\n" : `${fault}\n`);
  process.exitCode = fault === "" ? 0 : 1;
}

interface UpdateFlags extends Omit<UpdaterProcessOptions, "log" | "profile"> {
  readonly profile?: string;
}

async function update({ profile, ...flags }: UpdateFlags): Promise<void> {
  const { runUpdater } = await import("./install/updater-process.ts");
  const log = logOf("update");
  await runUpdater({
    ...{ ...flags, log: (text) => log.info(text) },
    ...(profile === undefined ? {} : { profile: await profileOf({ profile }).catch(() => null) }),
  });
}

const program = new Command("cordon-sensor").description("the sensor of one site").version(softwareVersion);

function endingWithParent(command: Command): Command {
  return command.option("--exit-with-parent", "end when stdin closes");
}

function withPlaces(command: Command): Command {
  return endingWithParent(command)
    .requiredOption("--state <folder>", "what survives a restart")
    .requiredOption("--run <folder>", "sockets");
}

function withCapture(command: Command): Command {
  return withPlaces(command)
    .requiredOption("--profile <file>", "site profile")
    .option("--capture <file>", "judge a capture file at its own pace; nothing is stopped")
    .option("--loop", "begin the capture file again at its end")
    .addOption(
      // By the environment they reach the judge, whoever starts it.
      new Option(
        "--centre <file>",
        "the controller's program, or a socket behind which it starts, for a box that is its own centre",
      ).env("CORDON_CENTRE"),
    )
    .addOption(
      new Option(
        "--centre-listen <address:port>",
        "where it serves: an address of the management interface, or its name",
      ).env("CORDON_CENTRE_LISTEN"),
    )
    .addOption(
      new Option("--centre-after <seconds>", "without a controller for so long, it serves by itself")
        .env("CORDON_CENTRE_AFTER")
        .argParser(Number)
        .default(120),
    );
}

withCapture(program.command("run").description("run the whole sensor and keep it running")).action(run);
withCapture(program.command("judge").description("judge what the reader sends, contain and report"))
  .option("--boot <folder>", "notes of how the box started, for health")
  .option("--update-status <folder>", "where whoever installs releases says how far he is; without it none is followed")
  .option("--data-key <file...>", "keys of the box's data, destroyed when the box is wiped")
  .option(
    "--forgotten <file>",
    "where the box's system says what it destroyed when it was wiped; absent: nobody is asked",
  )
  .action(judge);
withPlaces(program.command("executor").description("hold our table in the kernel"))
  .addOption(
    new Option("--placement <name>", "where the box stands")
      .choices(["lan", "wan", "gateway", "mirror"])
      .default("lan"),
  )
  .option("--bridge <name>", "the bridge that joins the two line ports")
  .option("--inside <name>", "its port towards the machines; of a mirror, the port that receives the copies")
  .option("--outside <name>", "its port towards the provider; of a gateway, in no bridge")
  .option("--address <address/prefix>", "of a gateway: the box's address in the repair network")
  .action(executor);
endingWithParent(program.command("reader").description("hand up what the kernel selected"))
  .requiredOption("--run <folder>", "sockets")
  .option(
    "--inside <name>",
    "the port towards the machines, to answer those that are cut off, and to record from; without it nobody is",
  )
  .action(reader);
endingWithParent(program.command("names").description("give out names and addresses in a repair network"))
  .requiredOption("--bridge <name>", "the bridge of its ports")
  .requiredOption("--address <address/prefix>", "the box's address there")
  .option("--resolver <address...>", "name servers to ask; those that the system has found by default")
  .requiredOption("--run <folder>", "where names of remedies come from, and leases are kept")
  .action(names);
endingWithParent(program.command("tracker").description("tell the judge what was translated"))
  .requiredOption("--run <folder>", "sockets")
  .action(tracker);
program
  .command("update")
  .description("install the release that the judge asks for, try it and keep it; the box runs it as root")
  .requiredOption("--inbox <folder>", "the judge's: bundle and request")
  .requiredOption("--outbox <folder>", "where the judge reads how far it has come")
  .requiredOption("--kept <folder>", "what outlives a power cut")
  .requiredOption("--boot <folder>", "notes of how the box started")
  .requiredOption("--health <file>", "what is wanting of this start")
  .requiredOption("--home <folder>", "the image's programs")
  .option("--profile <file>", "whose controller has to order it, by its signature; without, the judge is believed")
  .action(update);
program
  .command("self-test")
  .description("play a made-up worm to a judge of its own, and say whether it is named")
  .action(testWorm);
program
  .command("make-key")
  .description("make a key and a request for a certificate, and print both; the judge runs it when the box enrols")
  .requiredOption("--sensor <id>", "for whom")
  .action(makeKey);
program
  .command("check-wipe")
  .description(
    "end well only where a signed order to forget the site is this box's controller's; the box's system runs it",
  )
  .requiredOption("--profile <file>", "site profile")
  .requiredOption("--order <file>", "signed document")
  .action(checkWipe);
program
  .command("send-frames")
  .description("send the frames that come on stdin; the reader runs it while there are any")
  .requiredOption("--port <name>", "where they go out")
  .option("--hears-arp", "write the answers by ARP that come in there to stdout")
  .action(send);
program
  .command("features")
  .description("try what this machine's kernel can do with frames, in a network namespace without a line")
  .option("--json", "as one object: yes or no by name")
  .option("--run <folder>", "leave it there for the judge, and print nothing")
  .action(features);

await program.parseAsync().catch(fail);
