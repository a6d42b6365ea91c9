import { selection } from "../capture/selection.ts";
import { SensorError } from "../errors.ts";
import { localInterfaces } from "../placement/interfaces.ts";
import { ExecutorServer } from "./executor-server.ts";
import { KernelExecutor } from "./executor.ts";
import { nftPort } from "./nft.ts";
import { readFdb, type FdbEntry } from "./protected-set.ts";
import { renderSkeletons } from "./skeleton.ts";

export interface ExecutorProcessOptions {
  /** Where the judge connects to. */
  readonly socketPath: string;
  /** Where the stored set lies; must exist. */
  readonly stateFolder: string;
  /** Name of the bridge, and of its port towards the provider. */
  readonly bridge: string;
  readonly outsidePort: string;
  /** The log group that the reader opens. */
  readonly logGroup: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Whether the end of its stdin ends it; default true. A service manager gives it none. */
  readonly endsWithStdin?: boolean;
  /** Called after each look at the kernel's state, whatever came of it. */
  readonly onSelfChecked?: () => void;
}

/**
 * Makes this process the executor, the only one that changes the kernel. It ends at SIGTERM, SIGINT
 * or when its stdin closes, and whatever the kernel holds then stays in force. Its stderr is one JSON
 * object a line. Exit code 1 with such a line where the kernel or the socket cannot be used.
 */
export async function runExecutor(options: ExecutorProcessOptions): Promise<void> {
  const { socketPath, stateFolder, bridge, outsidePort, logGroup, clock, monotonic } = options;
  const log = (line: { readonly code: string; readonly text: string }) => {
    process.stderr.write(`${JSON.stringify({ at: clock(), process: "executor", ...line })}\n`);
  };
  const executor = new KernelExecutor({
    nft: nftPort(),
    skeletons: renderSkeletons({ selection, logGroup, outsidePort }),
    stateFolder,
    outsidePort,
    readFdb: async () => [...(await readFdb(bridge)), ...(await ownPorts())],
    clock,
    monotonic,
    log,
  });
  const { onSelfChecked } = options;
  const server = new ExecutorServer({ executor, socketPath, log, ...(onSelfChecked && { onSelfChecked }) });
  try {
    await executor.start();
    await server.start();
  } catch (error) {
    const code = error instanceof SensorError ? error.code : "executor-failed";
    log({ code, text: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
  const end = () => {
    void server.close().finally(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (options.endsWithStdin === false) return;
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.stdin.resume();
}

/** The box's ports that are not on the bridge: one may hang on the switch that the bridge leads to. */
async function ownPorts(): Promise<FdbEntry[]> {
  const interfaces = await localInterfaces();
  // There is always the loopback. Whoever cannot tell the box's own ports must not contain anybody.
  if (interfaces.length === 0) throw new SensorError("interfaces-unreadable", "cannot read the box's own ports");
  return interfaces.flatMap(({ name, mac }) => (mac === null ? [] : [{ mac, port: name, isOwn: true }]));
}
