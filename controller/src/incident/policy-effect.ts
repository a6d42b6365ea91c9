import { machineName, covers, rungOf, rungsOf, type Placement, type Policy, type Rung } from "@cordon/contract";
import type { HostView, PolicyEffect } from "../api/view.ts";

/** Every policy, the mildest first. */
export const policies = Object.keys(rungsOf) as readonly Policy[];

/**
 * What a policy would do by itself with the machines as they stand. By the rule that the box follows;
 * what it refuses at the kernel, the gateway above all, it tells when it was asked.
 */
export function policyEffect(policy: Policy, hosts: readonly HostView[], placement: Placement | null): PolicyEffect {
  const holds: PolicyEffect["holds"] = [];
  const lets: PolicyEffect["lets"] = [];
  const canContain = placement === "lan" || placement === "gateway";
  // Whoever is on probation stays so under every policy while a person has somebody cut off.
  const isAnybodyCutOff = hosts.some(({ containments }) =>
    containments.some(({ kind, automatic, releasing }) => kind === "quarantine" && !automatic && !releasing),
  );
  for (const host of hosts) {
    const name = machineName(host);
    const automatic = host.containments.filter((held) => held.automatic);
    const isKept = ({ kind, evidence }: HostView["containments"][number]) =>
      rungsOf[policy].includes(kind) || (isAnybodyCutOff && evidence[0]?.kind === "never-seen");
    const stays = automatic.filter((held) => canContain && isKept(held) && host.pardon === null);
    const due = canContain && host.pardon === null ? rungOf(policy, host) : null;
    const isAskedFor = (rung: Rung): boolean =>
      host.containments.some((held) => !held.automatic && !held.releasing && covers(held, rung));
    const isNew = due !== null && !stays.some((held) => covers(held, due)) && !isAskedFor(due);
    const base = { host: host.host, name };
    const isCut = automatic.some(({ kind, inForceSince }) => kind === "quarantine" && inForceSince !== null);
    if (isNew) {
      const { kind, vector } = due;
      holds.push({ ...base, kind, vector, isHeld: false, isMilder: isCut && kind !== "quarantine" });
    } else {
      for (const { kind, vector, inForceSince } of stays) {
        holds.push({ ...base, kind, vector, isHeld: inForceSince !== null, isMilder: false });
      }
      if (automatic.length > 0 && stays.length === 0) lets.push(base);
    }
  }
  return { policy, holds, lets };
}
