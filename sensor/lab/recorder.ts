import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { SensorError } from "../src/errors.ts";
import { endProcess, inPlace, run, untilSaid, type ToolOptions } from "./tools.ts";
import { places } from "./topology.ts";

/** Where copies leave the sensor's namespace and where they arrive. */
const mirror = { near: "mirror0", far: "mirror1" } as const;

function mirrorRules(port: string): string {
  return `table netdev recording {
  chain received {
    type filter hook ingress device ${port} priority -500; policy accept;
    dup to ${mirror.near}
  }
  chain sent {
    type filter hook egress device ${port} priority 500; policy accept;
    dup to ${mirror.near}
  }
}
`;
}

/**
 * Records one port of the sensor to a capture file by tcpdump.
 *
 * tcpdump sheds root by `setgroups`, which a user namespace forbids, and insists on it while its
 * user number is zero. So it runs under another number in a namespace inside the lab's own, which
 * may not look into the sensor's; frames are mirrored there.
 */
export class Recorder {
  readonly #port: string;
  readonly #options: ToolOptions;
  #child: ChildProcess | null = null;

  constructor(port: string, options: ToolOptions) {
    this.#port = port;
    this.#options = options;
  }

  /** `snapLength` 0 keeps whole frames; an empty `filter` keeps all. */
  async start(path: string, snapLength: number, filter: string): Promise<void> {
    if (this.#child !== null) throw new SensorError("recording", "cannot record: a recording is under way");
    const isUserNamespace = (await readFile("/proc/self/setgroups", "latin1")).startsWith("deny");
    // A buffer of 32 MB loses nothing here.
    const common = ["-U", "--immediate-mode", "-B", "32768", "-s", String(snapLength), "-w", path, filter];
    if (isUserNamespace) await this.#recordMirrored(common);
    else await this.#spawn(inPlace(places.sensor, ["tcpdump", "-Z", "root", "-i", this.#port, ...common]));
  }

  /** Settles when the file is complete. */
  async stop(): Promise<void> {
    if (this.#child === null) throw new SensorError("not-recording", "cannot stop recording: none is under way");
    // The mirror goes with the namespace its far end is in, and the rules with the mirror.
    await endProcess(this.#child, "SIGINT", 5000);
  }

  async #recordMirrored(common: readonly string[]): Promise<void> {
    const waitForMirror = `echo waiting >&2; read -r go; ip link set ${mirror.far} up; exec tcpdump -Q in -i ${mirror.far} "$@"`;
    const child = this.#launch([
      ...["unshare", "-Un", "--map-user=1000", "--map-group=1000", "--keep-caps"],
      ...["sh", "-ec", waitForMirror, "record", ...common],
    ]);
    await untilSaid(child, "waiting", "the recorder");
    const options = this.#options;
    const cable = `link add name ${mirror.near} netns ${places.sensor} type veth peer name ${mirror.far} netns ${child.pid}\n`;
    await run(["ip", "-batch", "-"], { ...options, input: cable });
    await run(["ip", "-n", places.sensor, "link", "set", mirror.near, "up"], options);
    const listening = untilSaid(child, "listening on", "tcpdump");
    child.stdin?.end("go\n");
    await listening;
    await run(inPlace(places.sensor, ["nft", "-f", "-"]), { ...options, input: mirrorRules(this.#port) });
    child.once("exit", () => {
      // The chains name a device that is gone now; they must not wait for its successor.
      run(inPlace(places.sensor, ["nft", "delete", "table", "netdev", "recording"]), options).catch(() => undefined);
    });
  }

  async #spawn(argv: readonly string[]): Promise<void> {
    await untilSaid(this.#launch(argv), "listening on", "tcpdump");
  }

  #launch(argv: readonly string[]): ChildProcess {
    const [command = "", ...rest] = argv;
    const child = spawn(command, rest, { env: this.#options.env, stdio: ["pipe", "ignore", "pipe"] });
    this.#child = child;
    child.once("exit", () => (this.#child = null));
    return child;
  }
}
