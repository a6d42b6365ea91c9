import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { readInterfaceNames } from "../capture/interface-sides.ts";
import { renderMirrors } from "../capture/mirror-nft.ts";
import { selection } from "../capture/selection.ts";
import { MirrorExecutor } from "./mirror-executor.ts";
import { nftPort } from "./nft.ts";
import { executorLog, serveExecutor, type ServeOptions } from "./serve-executor.ts";

export interface MirrorProcessOptions extends ServeOptions {
  /** The port that receives the copies. */
  readonly port: string;
  /** The log group that the reader opens. */
  readonly logGroup: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** Makes this process the executor of a box that only receives copies of a line; as `runExecutor` but for that. */
export async function runMirrorExecutor(options: MirrorProcessOptions): Promise<void> {
  const { port, logGroup, clock, monotonic } = options;
  const log = executorLog(clock);
  const executor = new MirrorExecutor({
    nft: nftPort({ folder: dirname(options.socketPath) }),
    skeletons: renderMirrors({ selection, logGroup, port }),
    port,
    portIndex: async () => {
      const found = [...(await readInterfaceNames())].find(([, name]) => name === port);
      return found?.[0] ?? null;
    },
    openPort: async () => {
      // Frames for other machines are passed on by a card only where it was told to listen to all.
      const command = ["link", "set", "dev", port, "promisc", "on", "arp", "off", "up"];
      await promisify(execFile)("ip", command, { timeout: 5000 });
    },
    clock,
    monotonic,
    log,
  });
  await serveExecutor(executor, log, options);
}
