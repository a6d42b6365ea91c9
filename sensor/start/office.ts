import { join } from "node:path";
import { startLab, type Lab } from "../lab/index.ts";
import { enrolSensor, startController, type ControllerProcess } from "./controller-process.ts";

export interface OfficeOrder {
  readonly seed: number;
  /** For the controller's data, the site profile and the sensor's state. */
  readonly folder: string;
  readonly siteName: string;
  readonly httpPort: number;
  readonly brokerPort: number;
  /** Told of each step as it begins. */
  readonly onProgress?: (sentence: string) => void;
}

/** A lab site with a sensor in its line, reporting to a controller on this machine. */
export interface Office {
  readonly lab: Lab;
  readonly controller: ControllerProcess;
  /** When the sensor was started (epoch milliseconds). */
  readonly startedAt: number;
  close(): Promise<void>;
}

/** Brings up controller, lab and sensor; whatever fails takes down what stood. */
export async function bringUpOffice(order: OfficeOrder): Promise<Office> {
  const say = order.onProgress ?? ((): void => {});
  const dataDir = join(order.folder, "controller");
  say("controller: starting");
  const controller = await startController({ dataDir, httpPort: order.httpPort, brokerPort: order.brokerPort });
  let lab: Lab | null = null;
  try {
    say("lab: building provider, router, switch and hosts");
    lab = await startLab({ seed: order.seed, controllerPort: controller.brokerPort });
    say("sensor: enrolling");
    const profilePath = join(order.folder, "site-profile.json");
    await enrolSensor({
      dataDir,
      siteName: order.siteName,
      ports: lab.facts.ports,
      localNets: lab.facts.localNets,
      controllerHost: lab.facts.controllerAddress,
      controllerPort: lab.facts.controllerPort,
      profilePath,
    });
    say("sensor: starting in the line");
    await lab.startSensor({ profilePath, stateDir: join(order.folder, "sensor") });
  } catch (error) {
    await lab?.close();
    await controller.close();
    throw error;
  }
  const standing = lab;
  return {
    lab: standing,
    controller,
    startedAt: Date.now(),
    async close(): Promise<void> {
      await standing.close();
      await controller.close();
    },
  };
}
