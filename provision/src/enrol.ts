// Provision and controller meet by its command line, never by imports.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ProvisionError } from "./errors.ts";
import { imagePorts } from "./port-names.ts";

const controllerMain = fileURLToPath(new URL("../../controller/src/main.ts", import.meta.url));

export interface EnrolmentOrder {
  /** The controller's data folder. */
  readonly dataFolder: string;
  readonly siteName: string;
  readonly placement: string;
  /** In CIDR notation; none means private and link-local ranges. */
  readonly localNets: readonly string[];
  /** Of a gateway: the box's address in the repair network; absent means the contract's default. */
  readonly gatewayAddress?: string;
  readonly controllerHost: string;
  readonly controllerPort: number;
  /** Where the profile with its credentials is written, for its owner only. */
  readonly profilePath: string;
}

/** Makes a site and its sensor known to a controller, which writes the site profile. Rejects with `controller-refused`. */
export async function enrol(order: EnrolmentOrder): Promise<void> {
  const args = [
    // node:sqlite says at each start that it is experimental.
    ...["--disable-warning=ExperimentalWarning", controllerMain, "sensor", "create"],
    ...["--data", order.dataFolder],
    `--site-name=${order.siteName}`,
    ...["--placement", order.placement],
    ...["--bridge", imagePorts.bridge, "--inside", imagePorts.inside, "--outside", imagePorts.outside],
    ...order.localNets.map((net) => `--local-net=${net}`),
    ...(order.gatewayAddress === undefined ? [] : [`--gateway-address=${order.gatewayAddress}`]),
    `--controller-host=${order.controllerHost}`,
    ...["--controller-port", String(order.controllerPort)],
    ...["--output", order.profilePath],
  ];
  try {
    await promisify(execFile)(process.execPath, args);
  } catch (cause) {
    const { stderr, message } = cause as Error & { readonly stderr?: string };
    const words = stderr?.trim() || message;
    throw new ProvisionError("controller-refused", `the controller did not enrol the box: ${words}`, { cause });
  }
}
