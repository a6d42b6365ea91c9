// The controller as a process: start and controller meet by its command line, the channel and the HTTP
// API, never by imports.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { GatewayProfile, SiteProfile } from "@cordon/contract";
import { SensorError } from "../src/errors.ts";
import { endOf } from "./process-end.ts";

const controllerMain = fileURLToPath(new URL("../../controller/dist/cordon-controller.mjs", import.meta.url));

/** node:sqlite says at each start that it is experimental. The nursery is small: see the controller's README, what it takes. */
const nodeArgs = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=4", controllerMain];

/** A connection's buffers come from the kernel page by page, and only pages that were written count (mallopt(3)). */
const nodeEnvironment = { ...process.env, MALLOC_MMAP_THRESHOLD_: "16384", MALLOC_ARENA_MAX: "2" };

/** It opens its store and listens, ms; generous for a slow card. */
const startMs = 30_000;

/** Where a controller that serves can be reached. */
export interface ControllerAddresses {
  /** Of the UI, without a path. */
  readonly url: string;
  /** Good once, for a quarter of an hour. */
  readonly loginLink: string;
  /** On this machine's loopback. */
  readonly brokerPort: number;
  /** Null where it was not asked for, or could not be had. */
  readonly fallbackPort: number | null;
}

export interface ControllerOrder {
  readonly dataDir: string;
  /** Next free one if taken; 0 lets the kernel choose. */
  readonly httpPort: number;
  readonly brokerPort: number;
  /** A second port for sensors; absent means none. */
  readonly fallbackPort?: number;
  /** That it makes boxes of; absent means none. */
  readonly boxImages?: readonly string[];
  /** Where sensors connect to; default loopback. */
  readonly brokerHost?: string;
}

export interface ControllerProcess extends ControllerAddresses {
  readonly pid: number;
  /** Settles with a sentence when the process ends, asked or not. */
  readonly ended: Promise<string>;
  /** Another login link. */
  newLoginLink(): Promise<string>;
  /** Called with a link by itself where it began anew, as after a backup was put back: those before count no longer. */
  onLoginLink(listener: (link: string) => void): void;
  /** Ends it by SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** Ends it in order; by SIGKILL after `graceMs` (default 5000). */
  close(graceMs?: number): Promise<void>;
}

interface Ready extends ControllerAddresses {
  readonly kind: "ready";
}

function isReady(message: unknown): message is Ready {
  return (message as { kind?: unknown } | null)?.kind === "ready";
}

async function addressesOf(child: ChildProcess, ended: Promise<string>): Promise<ControllerAddresses> {
  const ready = new Promise<ControllerAddresses>((resolve) => {
    child.on("message", (message) => {
      if (isReady(message)) resolve(message);
    });
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), startMs);
  const failed = ended.then((sentence): never => {
    throw new SensorError("controller-failed", `cannot start the controller: ${sentence}`);
  });
  try {
    return await Promise.race([ready, failed]);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts the controller beside us. It ends with us, because the channel to it closes then. */
export async function startController(order: ControllerOrder): Promise<ControllerProcess> {
  const argv = [
    ...nodeArgs,
    "serve",
    ...["--data", order.dataDir],
    ...["--http-port", String(order.httpPort)],
    ...["--broker-host", order.brokerHost ?? "127.0.0.1"],
    ...["--broker-port", String(order.brokerPort)],
    ...(order.fallbackPort === undefined ? [] : ["--fallback-port", String(order.fallbackPort)]),
    ...(order.boxImages ?? []).flatMap((image) => ["--box-image", image]),
  ];
  // Apart from the terminal: Ctrl-C reaches us, and we end it in order.
  const child = spawn(process.execPath, argv, {
    detached: true,
    env: nodeEnvironment,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = endOf(child, () => complaint);
  const addresses = await addressesOf(child, ended);
  return {
    // It has told its addresses, so it runs.
    pid: child.pid ?? 0,
    url: addresses.url,
    loginLink: addresses.loginLink,
    brokerPort: addresses.brokerPort,
    fallbackPort: addresses.fallbackPort,
    ended,
    async newLoginLink(): Promise<string> {
      const output = await runController(["login-link", "create", "--data", order.dataDir, "--url", addresses.url]);
      const link = /https?:\/\/\S+#\S+/.exec(output)?.[0];
      if (link === undefined) throw new SensorError("controller-failed", "the controller gave no login link");
      return link;
    },
    onLoginLink(listener: (link: string) => void): void {
      child.on("message", (message) => {
        if (isReady(message)) listener(message.loginLink);
      });
    },
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await ended;
    },
    async close(graceMs = 5000): Promise<void> {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

export interface EnrolOrder {
  readonly dataDir: string;
  readonly siteName: string;
  readonly placement: SiteProfile["placement"];
  readonly ports: SiteProfile["ports"];
  readonly localNets: readonly string[];
  /** For placement `gateway`. */
  readonly gateway?: GatewayProfile;
  readonly controllerHost: string;
  readonly controllerPort: number;
  /** True: the profile holds a token, and the box makes its own key. Default false: it holds the key. */
  readonly isByToken?: boolean;
  /** Where the site profile with its credentials is written, for its owner only. */
  readonly profilePath: string;
}

/** Makes a site and a sensor known to the controller of that data folder, and writes its site profile. */
export async function enrolSensor(order: EnrolOrder): Promise<void> {
  await runController([
    ...["sensor", "create"],
    ...["--data", order.dataDir],
    ...["--site-name", order.siteName],
    ...["--placement", order.placement],
    ...["--bridge", order.ports.bridge],
    ...["--inside", order.ports.inside],
    ...["--outside", order.ports.outside],
    ...order.localNets.flatMap((net) => ["--local-net", net]),
    ...(order.gateway === undefined ? [] : gatewayArguments(order.gateway)),
    ...["--controller-host", order.controllerHost],
    ...["--controller-port", String(order.controllerPort)],
    ...(order.isByToken === true ? ["--token"] : []),
    ...["--output", order.profilePath],
  ]);
}

function gatewayArguments({ inside, outside, resolvers, insidePorts }: GatewayProfile): string[] {
  return [
    ...["--gateway-address", inside],
    ...(outside === undefined ? [] : ["--gateway-outside", outside.address, "--gateway-router", outside.router]),
    ...(resolvers ?? []).flatMap((address) => ["--gateway-resolver", address]),
    ...(insidePorts ?? []).flatMap((port) => ["--gateway-port", port]),
  ];
}

/** Runs one command of the controller to its end; what it printed. */
async function runController(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...nodeArgs, ...args]);
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: unknown }).stderr;
    const text = typeof said === "string" && said.trim() !== "" ? said.trim() : String(error);
    const what = args.slice(0, 2).join(" ");
    throw new SensorError("controller-failed", `the controller's "${what}" failed: ${text}`, { cause: error });
  }
}
