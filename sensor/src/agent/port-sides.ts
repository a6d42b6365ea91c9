import { defaultGateway, type SiteProfile } from "@cordon/contract";
import type { PortSides } from "../capture/interface-sides.ts";

/** Which port stands on which side, and on which what entered by no port. */
export function portSides({ placement, ports, gateway = defaultGateway }: SiteProfile): {
  readonly ports: PortSides;
  readonly unnamed?: "outside";
} {
  // By a mirror's one port come both directions.
  if (placement === "mirror") return { ports: {} };
  if (placement !== "gateway") return { ports: { [ports.inside]: "inside", [ports.outside]: "outside" } };
  const inside = [ports.inside, ...(gateway.insidePorts ?? [])];
  return { ports: Object.fromEntries(inside.map((port) => [port, "inside" as const])), unnamed: "outside" };
}

/** A gateway's own address towards its machines. */
export function gatewayAddress({ gateway = defaultGateway }: Pick<SiteProfile, "gateway">): string {
  return gateway.inside.replace(/\/.*/, "");
}
