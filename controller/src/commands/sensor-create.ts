import { defaultGateway, type GatewayProfile, type Placement } from "@cordon/contract";
import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { ControllerError } from "../errors.ts";
import { openAuthority } from "../fleet/authority.ts";
import { announceSensor, enrolSensor } from "../fleet/enrol.ts";
import { beginPrivateFile } from "../fleet/private-file.ts";
import { openSigner } from "../fleet/signer.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/schema.ts";

export interface SensorCreateWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly siteName: string;
  readonly sensorId?: string;
  /** `auto`: the box begins behind the router, and finds out. */
  readonly placement: Placement | "auto";
  readonly bridge: string;
  readonly inside: string;
  readonly outside: string;
  readonly localNet: readonly string[];
  readonly gatewayAddress?: string;
  readonly gatewayOutside?: string;
  readonly gatewayRouter?: string;
  readonly gatewayResolver?: readonly string[];
  readonly gatewayPort?: readonly string[];
  readonly controllerHost: string;
  readonly controllerPort: number;
  readonly fallbackPort?: number;
  /** A token in place of key and certificate. */
  readonly token?: true;
  readonly output: string;
}

/** What the profile says of a repair network. What is wrong with it, the profile's own schema finds. */
function gatewayOf(wish: SensorCreateWish): GatewayProfile {
  const { gatewayAddress, gatewayOutside, gatewayRouter, gatewayResolver, gatewayPort } = wish;
  if ((gatewayOutside === undefined) !== (gatewayRouter === undefined)) {
    throw new ControllerError("bad-gateway", "--gateway-outside and --gateway-router go together");
  }
  return {
    inside: gatewayAddress ?? defaultGateway.inside,
    ...(gatewayOutside === undefined || gatewayRouter === undefined
      ? {}
      : { outside: { address: gatewayOutside, router: gatewayRouter } }),
    ...(gatewayResolver === undefined ? {} : { resolvers: [...gatewayResolver] }),
    ...(gatewayPort === undefined ? {} : { insidePorts: [...gatewayPort] }),
  };
}

/** Makes a sensor known and writes its site profile, which holds its key or a token, and is for its owner alone. */
export async function createSensor(wish: SensorCreateWish, log: Log, print: (line: string) => void): Promise<void> {
  const ambient = systemAmbient(log);
  // First: a key that found no place to go would be lost, and its sensor with it.
  const output = beginPrivateFile(wish.output, ambient.random(8).toString("hex"));
  let store: Store | null = null;
  try {
    store = await openStore(wish.data, { url: wish.store });
    const profile = await (wish.token === true ? announceSensor : enrolSensor)(
      {
        store,
        ambient,
        authority: await openAuthority(wish.data, ambient),
        signer: await openSigner(wish.data, store, ambient),
      },
      {
        siteName: wish.siteName,
        ...(wish.sensorId === undefined ? {} : { sensorId: wish.sensorId }),
        ...(wish.placement === "auto" ? { placement: "lan", isPlacementFound: true } : { placement: wish.placement }),
        bridge: wish.bridge,
        inside: wish.inside,
        outside: wish.outside,
        localNets: wish.localNet,
        ...(wish.placement === "gateway" ? { gateway: gatewayOf(wish) } : {}),
        controllerHost: wish.controllerHost,
        controllerPort: wish.controllerPort,
        ...(wish.fallbackPort === undefined ? {} : { fallbackPort: wish.fallbackPort }),
        author: operator,
      },
    );
    output.commit(`${JSON.stringify(profile, null, 2)}\n`);
    print(`Enrolled sensor ${profile.sensor} of site ${profile.site.id}; its profile is ${wish.output}`);
  } finally {
    output.discard();
    await store?.destroy();
  }
}
