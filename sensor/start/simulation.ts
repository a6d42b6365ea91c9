// The sensor where no lab can stand: it judges the capture that comes with the project, and stops nothing.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { SensorError } from "../src/errors.ts";
import { enrolSensor, startController, type ControllerProcess } from "./controller-process.ts";
import { endOf } from "./process-end.ts";

const program = resolve(import.meta.dirname, "../src/main.ts");
const capture = resolve(import.meta.dirname, "../lab/data/office-outbreak.pcap.gz");

export interface Simulation {
  readonly controller: ControllerProcess;
  /** Settles with a sentence when the sensor's process ends. */
  readonly sensorEnded: Promise<string>;
  readonly lastWords: () => string;
  close(graceMs: number): Promise<void>;
}

/** Brings up a controller and a sensor that judges the shipped capture, over and over. */
export async function bringUpSimulation(
  folder: string,
  httpPort: number,
  say: (sentence: string) => void,
): Promise<Simulation> {
  if (!existsSync(capture)) throw new SensorError("capture-not-found", `the shipped capture is missing: ${capture}`);
  const dataDir = join(folder, "controller");
  say("Starting the controller");
  const controller = await startController({ dataDir, httpPort, brokerPort: 0 });
  const profilePath = join(folder, "site-profile.json");
  say("Enrolling the sensor");
  await enrolSensor({
    dataDir,
    siteName: "Recorded office",
    placement: "lan",
    ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
    localNets: [],
    controllerHost: "127.0.0.1",
    controllerPort: controller.brokerPort,
    profilePath,
  });
  say("Starting the sensor");
  const [stateDir, runDir] = [join(folder, "sensor"), join(folder, "run")];
  for (const each of [stateDir, runDir]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const sensor = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      ...[program, "run", "--profile", profilePath, "--state", stateDir, "--run", runDir],
      ...["--capture", capture, "--loop", "--exit-with-parent"],
    ],
    // Its end of the pipe tells it when we are gone; apart from the terminal, so that we end it in order.
    { detached: true, stdio: ["pipe", "pipe", "pipe"] },
  );
  let words = "";
  for (const stream of [sensor.stdout, sensor.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-4000);
    });
  }
  const sensorEnded = endOf(sensor, () => words);
  return {
    controller,
    sensorEnded,
    lastWords: () => words.trim(),
    async close(graceMs): Promise<void> {
      sensor.kill("SIGTERM");
      await Promise.all([sensorEnded, controller.close(graceMs)]);
    },
  };
}
