import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SiteProfile } from "@cordon/contract";
import { SensorError } from "../src/errors.ts";

const controllerMain = fileURLToPath(new URL("../../controller/src/main.ts", import.meta.url));

/** Where a controller that serves can be reached. */
export interface ControllerAddresses {
  /** Of the UI, without a path. */
  readonly url: string;
  /** Good once, for a quarter of an hour. */
  readonly loginLink: string;
  /** On this machine's loopback. */
  readonly brokerPort: number;
}

export interface ControllerOrder {
  readonly dataDir: string;
  /** Next free one if taken; 0 lets the kernel choose. */
  readonly httpPort: number;
  readonly brokerPort: number;
}

export interface ControllerProcess extends ControllerAddresses {
  /** Settles with a sentence when the process ends, asked or not. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
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
  const failed = ended.then((sentence): never => {
    throw new SensorError("controller-failed", `cannot start the controller: ${sentence}`);
  });
  return await Promise.race([ready, failed]);
}

/** Starts the controller beside us. It ends with us, because the channel to it closes then. */
export async function startController(order: ControllerOrder): Promise<ControllerProcess> {
  const argv = [
    controllerMain,
    "serve",
    ...["--data", order.dataDir],
    ...["--http-port", String(order.httpPort)],
    ...["--broker-port", String(order.brokerPort)],
  ];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = once(child, "close").then(([code, signal]: unknown[]) => {
    const how = signal === null ? `ended with code ${String(code)}` : `ended by ${String(signal)}`;
    return complaint.trim() === "" ? how : `${how}: ${complaint.trim()}`;
  });
  const addresses = await addressesOf(child, ended);
  return {
    url: addresses.url,
    loginLink: addresses.loginLink,
    brokerPort: addresses.brokerPort,
    ended,
    async close(): Promise<void> {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

export interface EnrolOrder {
  readonly dataDir: string;
  readonly siteName: string;
  readonly ports: SiteProfile["ports"];
  readonly localNets: readonly string[];
  readonly controllerHost: string;
  readonly controllerPort: number;
  /** Where the site profile with its credentials is written, for its owner only. */
  readonly profilePath: string;
}

/** Makes a site and a sensor known to the controller of that data folder, and writes its site profile. */
export async function enrolSensor(order: EnrolOrder): Promise<void> {
  const argv = [
    controllerMain,
    ...["sensor", "create"],
    ...["--data", order.dataDir],
    ...["--site-name", order.siteName],
    ...["--placement", "lan"],
    ...["--bridge", order.ports.bridge],
    ...["--inside", order.ports.inside],
    ...["--outside", order.ports.outside],
    ...order.localNets.flatMap((net) => ["--local-net", net]),
    ...["--controller-host", order.controllerHost],
    ...["--controller-port", String(order.controllerPort)],
    ...["--output", order.profilePath],
  ];
  try {
    await promisify(execFile)(process.execPath, argv);
  } catch (error) {
    const said = (error as { stderr?: unknown }).stderr;
    const text = typeof said === "string" && said.trim() !== "" ? said.trim() : String(error);
    throw new SensorError("enrolment-failed", `cannot enrol the sensor: ${text}`, { cause: error });
  }
}
