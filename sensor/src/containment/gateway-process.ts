import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { selection } from "../capture/selection.ts";
import { SensorError } from "../errors.ts";
import { KernelExecutor } from "./executor.ts";
import { GatewayExecutor } from "./gateway-executor.ts";
import { nftPort } from "./nft.ts";
import { ownPorts } from "./own-ports.ts";
import { RoutingKeeper } from "./routing-keeper.ts";
import { renderRouting } from "./routing-nft.ts";
import { executorLog, serveExecutor, type ServeOptions } from "./serve-executor.ts";
import { RulesetWatch } from "./ruleset-watch.ts";
import { renderSkeletons } from "./skeleton.ts";

export interface GatewayProcessOptions extends ServeOptions {
  /** Where the stored set lies; must exist. */
  readonly stateFolder: string;
  /** The bridge of the repair network's ports. */
  readonly bridge: string;
  /** The port towards the provider, in no bridge. */
  readonly outsidePort: string;
  /** The box's IPv4 address in the repair network. */
  readonly insideAddress: string;
  /** The log group that the reader opens. */
  readonly logGroup: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

// Of the network namespace of whoever opens it.
const forwardingPath = "/proc/sys/net/ipv4/ip_forward";
const countingPath = "/proc/sys/net/netfilter/nf_conntrack_acct";

/** Makes this process the executor of a box that routes for a repair network; as `runExecutor` but for that. */
export async function runGatewayExecutor(options: GatewayProcessOptions): Promise<void> {
  const { stateFolder, bridge, outsidePort, insideAddress, logGroup, clock, monotonic } = options;
  const log = executorLog(clock);
  const changes = new RulesetWatch();
  const nft = changes.tellingOwn(nftPort({ folder: dirname(options.socketPath) }));
  changes.start();
  const executor = new KernelExecutor({
    nft,
    skeletons: renderSkeletons({ selection, logGroup, outsidePort: null }),
    changes,
    stateFolder,
    // No machine on the bridge stands on the outside port, so the box alone is protected.
    outsidePort,
    readFdb: ownPorts,
    clock,
    monotonic,
    log,
  });
  const routing = new RoutingKeeper({
    nft,
    routing: renderRouting({ bridge, outsidePort }),
    insideAddress,
    forwarding: { read: isForwarding, write: setForwarding },
  });
  // Where it may not be switched on here, whoever made the bridge has; else the flow log says that it knows no bytes.
  await writeFile(countingPath, "1\n").catch(() => undefined);
  await serveExecutor(new GatewayExecutor({ executor, routing, monotonic, log }), log, options);
}

async function isForwarding(): Promise<boolean> {
  return (await readFile(forwardingPath, "utf8")).trim() === "1";
}

async function setForwarding(isOn: boolean): Promise<void> {
  try {
    await writeFile(forwardingPath, isOn ? "1\n" : "0\n");
  } catch (cause) {
    // Where the system keeps kernel settings from this process, whoever made the bridge has switched it on.
    if ((await isForwarding()) === isOn) return;
    const what = `cannot switch forwarding ${isOn ? "on" : "off"}: ${(cause as Error).message}`;
    throw new SensorError("forwarding-unchanged", what, { cause });
  }
}
