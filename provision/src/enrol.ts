import { writeFile } from "node:fs/promises";
import { runController } from "./run-controller.ts";
import { imagePorts } from "./port-names.ts";
import type { SitePlan } from "./site/site-plan.ts";

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
  /** Where the box seeks the controller when that port cannot be reached; absent means the contract's default. */
  readonly fallbackPort?: number;
  /** True: the profile holds a key in place of a token. */
  readonly isWithKey: boolean;
  /** Where the profile with its credentials is written, for its owner only. */
  readonly profilePath: string;
}

/** Makes a site and its sensor known to a controller, which writes the site profile. Rejects with `controller-refused`. */
export async function enrol(order: EnrolmentOrder): Promise<void> {
  const args = [
    ...["sensor", "create"],
    ...["--data", order.dataFolder],
    `--site-name=${order.siteName}`,
    ...["--placement", order.placement],
    ...["--bridge", imagePorts.bridge, "--inside", imagePorts.inside, "--outside", imagePorts.outside],
    ...order.localNets.map((net) => `--local-net=${net}`),
    ...(order.gatewayAddress === undefined ? [] : [`--gateway-address=${order.gatewayAddress}`]),
    `--controller-host=${order.controllerHost}`,
    ...["--controller-port", String(order.controllerPort)],
    ...(order.fallbackPort === undefined ? [] : ["--fallback-port", String(order.fallbackPort)]),
    ...(order.isWithKey ? [] : ["--token"]),
    ...["--output", order.profilePath],
  ];
  await runController(args, "the controller did not enrol the box");
}

/** Makes a site as its file says, and its sensor, known to a controller, which writes the site profile. Rejects with `controller-refused`. */
export async function enrolPlanned(order: {
  readonly dataFolder: string;
  readonly plan: SitePlan;
  readonly isWithKey: boolean;
  readonly profilePath: string;
}): Promise<void> {
  const { dataFolder, plan, isWithKey, profilePath } = order;
  const planPath = `${profilePath}.plan`;
  await writeFile(planPath, JSON.stringify(plan), { mode: 0o600, flag: "wx" });
  await runController(
    [
      ...["site", "create", "--data", dataFolder, "--plan", planPath, "--output", profilePath],
      ...(isWithKey ? ["--with-key"] : []),
    ],
    "the controller did not enrol the box",
  );
}

/** Has a controller give a sensor that it knows a new token; writes the profile with it. Rejects with `controller-refused`. */
export async function reissue(order: {
  readonly dataFolder: string;
  readonly sensorId: string;
  readonly profilePath: string;
}): Promise<void> {
  const { dataFolder, sensorId, profilePath } = order;
  await runController(
    ["token", "create", "--data", dataFolder, `--sensor-id=${sensorId}`, "--output", profilePath],
    "the controller gave no token",
  );
}
