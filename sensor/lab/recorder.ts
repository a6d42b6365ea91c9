import { spawn, type ChildProcess } from "node:child_process";
import { SensorError } from "../src/errors.ts";
import { endProcess, inPlace, untilSaid } from "./tools.ts";
import { places } from "./topology.ts";

/** Records one port of the sensor to a capture file by tcpdump. */
export class Recorder {
  readonly #port: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;

  constructor(port: string, env: Readonly<Record<string, string>>) {
    this.#port = port;
    this.#env = env;
  }

  async start(path: string): Promise<void> {
    if (this.#child !== null) throw new SensorError("recording", "cannot record: a recording is under way");
    const [command = "", ...argv] = inPlace(places.sensor, [
      // Only one user is mapped, so it cannot become another; a buffer of 32 MB loses nothing here.
      ...["tcpdump", "-i", this.#port, "-Z", "root", "-U", "-B", "32768", "-s", "0", "-w", path],
    ]);
    const child = spawn(command, argv, { env: this.#env, stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    child.once("exit", () => (this.#child = null));
    await untilSaid(child, "listening on", "tcpdump");
  }

  /** Settles when the file is complete. */
  async stop(): Promise<void> {
    if (this.#child === null) throw new SensorError("not-recording", "cannot stop recording: none is under way");
    await endProcess(this.#child, "SIGINT", 5000);
  }
}
