import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { placementOf, startLab, type InLine, type Lab, type LineForm } from "../lab/index.ts";
import { enrolSensor, startController, type ControllerProcess } from "./controller-process.ts";

export interface OfficeOrder {
  readonly seed: number;
  /** For the controller's data, the site profile and the sensor's state. */
  readonly folder: string;
  readonly siteName: string;
  /** Where the sensor stands; default: between router and switch. */
  readonly form?: LineForm;
  readonly httpPort: number;
  readonly brokerPort: number;
  /** True: the box makes its own key and enrols by a token. Default false: its profile holds the key. */
  readonly isByToken?: boolean;
  /** What stands in the line, and what puts it there; default: the sensor's processes. */
  readonly line?: {
    readonly inLine: InLine;
    /** Whether that makes site and sensor known to the controller itself, and writes the site profile. Default false. */
    readonly isEnrolling?: boolean;
    /** Settles when it captures. */
    readonly occupy: (lab: Lab, profilePath: string) => Promise<void>;
  };
  /** Told of each step as it begins. */
  readonly onProgress?: (sentence: string) => void;
  /** Ends the start, and takes down what stands already. */
  readonly signal?: AbortSignal;
}

/** A lab site with a sensor in its line, reporting to a controller on this machine. */
export interface Office {
  readonly lab: Lab;
  readonly controller: ControllerProcess;
  /** When the sensor was started (epoch milliseconds). */
  readonly startedAt: number;
  /** `graceMs`: how long the parts may take before they are killed; default 5000. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Waits until a reader is bound to the kernel's log. Machines tell their names by DHCP when a
 * scenario begins; nobody would hear them before.
 */
export async function untilCapturing(lab: Lab, signal: AbortSignal): Promise<void> {
  for (;;) {
    const bound = await lab.exec("sensor", ["cat", "/proc/net/netfilter/nfnetlink_log"], { signal });
    if (bound.stdout.trim() !== "") return;
    await delay(100, null, { signal });
  }
}

async function startSensor(lab: Lab, profilePath: string, { folder, signal }: OfficeOrder): Promise<void> {
  await lab.startSensor({ profilePath, stateDir: join(folder, "sensor") });
  await untilCapturing(lab, AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(20_000)]));
}

/** Brings up controller, lab and sensor; whatever fails takes down what stood. */
export async function bringUpOffice(order: OfficeOrder): Promise<Office> {
  const say = order.onProgress ?? ((): void => {});
  const dataDir = join(order.folder, "controller");
  say("Starting the controller, and building the lab: provider, router, switch and hosts");
  const [controlling, building] = await Promise.allSettled([
    startController({ dataDir, httpPort: order.httpPort, brokerPort: order.brokerPort }),
    startLab({
      seed: order.seed,
      inLine: order.line?.inLine ?? "namespace",
      form: order.form ?? "lan",
      ...(order.signal === undefined ? {} : { signal: order.signal }),
    }),
  ]);
  const close = async (graceMs?: number): Promise<void> => {
    // The sensor ends with its lab; the controller last, to hear it say so.
    if (building.status === "fulfilled") await building.value.close();
    if (controlling.status === "fulfilled") await controlling.value.close(graceMs);
  };
  try {
    if (controlling.status === "rejected") throw controlling.reason;
    if (building.status === "rejected") throw building.reason;
    const [controller, lab] = [controlling.value, building.value];
    order.signal?.throwIfAborted();
    say("Enrolling the sensor");
    const profilePath = join(order.folder, "site-profile.json");
    if (order.line?.isEnrolling !== true) {
      await enrolSensor({
        dataDir,
        siteName: order.siteName,
        placement: placementOf(order.form ?? "lan"),
        ports: lab.facts.ports,
        localNets: lab.facts.localNets,
        ...(lab.profileGateway === null ? {} : { gateway: lab.profileGateway }),
        controllerHost: lab.facts.controllerAddress,
        controllerPort: lab.facts.controllerPort,
        isByToken: order.isByToken === true,
        profilePath,
      });
    }
    lab.relayTo(controller.brokerPort);
    say("Putting the sensor in the line");
    const startedAt = Date.now();
    if (order.line === undefined) await startSensor(lab, profilePath, order);
    else await order.line.occupy(lab, profilePath);
    return { lab, controller, startedAt, close };
  } catch (error) {
    await close();
    throw error;
  }
}
