import { dirname } from "node:path";
import { selection } from "../capture/selection.ts";
import { KernelExecutor } from "./executor.ts";
import { executorLog, serveExecutor, type ServeOptions } from "./serve-executor.ts";
import { nftPort } from "./nft.ts";
import { ownPorts } from "./own-ports.ts";
import { locateInFdb, readFdb } from "./protected-set.ts";
import { RulesetWatch } from "./ruleset-watch.ts";
import { renderSkeletons } from "./skeleton.ts";

export interface ExecutorProcessOptions extends ServeOptions {
  /** Where the stored set lies; must exist. */
  readonly stateFolder: string;
  /** Name of the bridge, and of its port towards the provider. */
  readonly bridge: string;
  readonly outsidePort: string;
  /** Whether the line is that between modem and router. Default false. */
  readonly isOutsideRouter?: boolean;
  /** The log group that the reader opens. */
  readonly logGroup: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Makes this process the executor, the only one that changes the kernel. It ends at SIGTERM, SIGINT
 * or when its stdin closes, and whatever the kernel holds then stays in force. Its stderr is one JSON
 * object a line. Exit code 1 with such a line where the kernel or the socket cannot be used.
 */
export async function runExecutor(options: ExecutorProcessOptions): Promise<void> {
  const { stateFolder, bridge, outsidePort, isOutsideRouter = false, logGroup, clock, monotonic } = options;
  const log = executorLog(clock);
  const renderings = (isWan: boolean) => renderSkeletons({ selection, logGroup, outsidePort, isOutsideRouter: isWan });
  const changes = new RulesetWatch();
  changes.start();
  const executor = new KernelExecutor({
    nft: changes.tellingOwn(nftPort({ folder: dirname(options.socketPath) })),
    skeletons: renderings(isOutsideRouter),
    places: { begin: isOutsideRouter ? "wan" : "lan", other: renderings(!isOutsideRouter) },
    changes,
    stateFolder,
    outsidePort,
    bridge,
    readFdb: async (concerned) => {
      // Of this port alone: by the other one, whoever makes up addresses could make it too long to be read.
      const [outside, located, own] = await Promise.all([
        readFdb(bridge, outsidePort),
        locateInFdb(bridge, concerned),
        ownPorts(),
      ]);
      const found = new Set(outside.map(({ mac }) => mac));
      return [...outside, ...located.filter(({ mac }) => !found.has(mac)), ...own];
    },
    clock,
    monotonic,
    log,
  });
  await serveExecutor(executor, log, options);
}
