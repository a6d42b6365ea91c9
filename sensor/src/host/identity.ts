import type { HostSnapshot } from "@cordon/contract";
import { formatAddress } from "../packet/address.ts";
import type { Host } from "./host.ts";
import { nameSources } from "./host-names.ts";
import { kindNames, strengths } from "./kind.ts";

/** The newest addresses, as many as tell when a machine had which without making its report long. */
const timesTold = 16;

type IdentityFields = Required<Pick<HostSnapshot, "addressTimes" | "names">> & Pick<HostSnapshot, "several">;

/** Who a machine is, for its report: beside its key and role. */
export function identityOf(host: Host): IdentityFields {
  const several = host.several.text(host.lastSeenAt);
  return {
    addressTimes: [...host.addresses]
      .slice(-timesTold)
      .reverse()
      .map(([address, { firstAt, lastAt, from }]) => ({
        ...{ address: formatAddress(address), firstAt, lastAt },
        ...(from === null ? {} : { from }),
      })),
    names: [...host.names].map(([source, { name, at }]) => ({ source, name, at })),
    ...(several === null ? {} : { several }),
  };
}

/** The role for the report: what the machine was seen to be, or declared; else what kind it seems to be. */
export function toldRole({ role, kind }: Host): HostSnapshot["role"] {
  if (role.name === "unknown" && kind !== null) return { name: kind.name, reason: kind.reason, guessed: true };
  return { name: role.name, reason: role.reason, ...(role.isDeclared === true ? { declared: true } : {}) };
}

/** What would be news of it to a reader. */
export function identitySignature(host: Host): string {
  const names = [...host.names.values()].map(({ name }) => name).join(",");
  const [latest] = [...host.addresses.values()].slice(-1);
  return `${names}|${host.kind?.reason ?? ""}|${latest?.from ?? ""}|${host.several.text(host.lastSeenAt) ?? ""}`;
}

/** Takes up what a snapshot told of it. */
export function adoptIdentity(host: Host, snapshot: HostSnapshot): void {
  for (const { source, name, at } of snapshot.names ?? []) {
    const known = nameSources.find((each) => each === source);
    if (known !== undefined) host.names.set(known, { name, at });
  }
  const { reason, guessed = false } = snapshot.role;
  const name = guessed ? kindNames.find((each) => each === snapshot.role.name) : undefined;
  // Whatever is said next is said anew, and counts more.
  if (name !== undefined) host.kind = { name, reason, strength: strengths.remembered };
  host.several.restore(snapshot.several ?? null, snapshot.lastSeenAt);
}
