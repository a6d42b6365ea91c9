import type { DeclaredDuty, GatewayProfile, SiteProfile } from "@cordon/contract";
import { canonicalMac } from "./hardware-address.ts";
import type { SitePlan } from "./site-plan.ts";

type ProfileParts = Pick<SiteProfile, "declared"> &
  Partial<Pick<SiteProfile, "gateway" | "line" | "management" | "contacts" | "duties">>;

/** The parts of a site profile that a plan says word for word. */
export function profileParts(plan: SitePlan): ProfileParts {
  const { machines = [], management, contacts = [] } = plan;
  const isDeclared = (is: string): is is "mail-server" | "server" => is === "mail-server" || is === "server";
  const declared = machines.flatMap(({ mac, is }) => (isDeclared(is) ? [{ mac: canonicalMac(mac), role: is }] : []));
  const duties = machines.flatMap(({ mac, is }) =>
    isDeclared(is) ? [] : [{ mac: canonicalMac(mac), duty: is satisfies DeclaredDuty["duty"] }],
  );
  const { address, router, resolvers } = management ?? {};
  return {
    declared,
    ...(plan.placement === "gateway" ? { gateway: gatewayOf(plan) } : {}),
    // In this order: the image's first program reads it with few means.
    ...(address === undefined || router === undefined
      ? {}
      : { management: { address, router, ...(resolvers === undefined ? {} : { resolvers }) } }),
    ...lineOf(plan),
    ...(contacts.length === 0 ? {} : { contacts }),
    ...(duties.length === 0 ? {} : { duties }),
  };
}

/** What the label says of the line; who dials in, and with what, stays out. */
function lineOf({ line = {} }: SitePlan): Pick<SiteProfile, "line"> {
  const { pppoe = false, vlan } = line;
  if (!pppoe && vlan === undefined) return {};
  return { line: { ...(pppoe ? { pppoe } : {}), ...(vlan === undefined ? {} : { vlan }) } };
}

function gatewayOf({ gateway, resolvers = [] }: SitePlan): GatewayProfile {
  const { inside = "10.213.77.1/24", outside } = gateway ?? {};
  return {
    inside,
    ...(outside === undefined ? {} : { outside: { address: outside.address, router: outside.router } }),
    ...(resolvers.length === 0 ? {} : { resolvers }),
  };
}

/** A person to call, in one line. */
export function contactLine({ name, phone, email }: NonNullable<SitePlan["contacts"]>[number]): string {
  return [name, phone, email].filter((part) => part !== undefined).join(", ");
}
