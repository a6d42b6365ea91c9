import type { Policy } from "@cordon/contract";
import type { PolicyEffect, SiteView } from "../../../src/api/view.ts";
import { vectorWords } from "./host.ts";
import { counted } from "./number.ts";

type Held = PolicyEffect["holds"][number];

/** What each policy is, whatever the machines do. */
export const policyWords: Readonly<Record<Policy, { readonly title: string; readonly text: string }>> = {
  observe: { title: "Observe", text: "Cordon judges and says so. A person does the rest." },
  guard: {
    title: "Guard",
    text: "Cordon slows down who is suspect, and stops the way by which who is infected spreads.",
  },
  contain: { title: "Contain", text: "Cordon slows down who is suspect, and cuts off who is infected." },
};

/** Whom it spares, whichever policy acts. */
export const sparedWords =
  "Never by itself: gateways, resolvers, machines somebody declared a server, and whom a person released.";

const deeds: Readonly<Record<Held["kind"], readonly [would: string, has: string]>> = {
  quarantine: ["Would cut off", "It has cut off"],
  vector: ["Would stop", "It stops"],
  throttle: ["Would slow down", "It slows down"],
};

/** "Would cut off 1 machine now: TILL-3. Would slow down 2 machines now: DESK-1 and DESK-2." */
export function effectWords({ holds, lets }: Pick<PolicyEffect, "holds" | "lets">, isCurrent: boolean): string {
  const sentences: string[] = [];
  for (const kind of ["quarantine", "vector", "throttle"] as const) {
    // What stands already is no consequence of choosing the policy.
    const own = holds.filter((held) => held.kind === kind && held.isHeld === isCurrent);
    const deed = deeds[kind][isCurrent ? 1 : 0];
    const milder = own.filter(({ isMilder }) => isMilder);
    const rest = own.filter(({ isMilder }) => !isMilder);
    if (rest.length > 0) sentences.push(`${deed}${whatOf(rest)}${isCurrent ? "" : " now"}: ${named(rest)}.`);
    if (milder.length > 0) sentences.push(`${deed} only${whatOf(milder)} cut off until now: ${named(milder)}.`);
  }
  const standing = isCurrent ? [] : holds.filter(({ isHeld }) => isHeld);
  if (standing.length > 0)
    sentences.push(`Would go on holding ${counted(standing.length, "machine")}: ${named(standing)}.`);
  if (lets.length > 0) sentences.push(`Would let go ${counted(lets.length, "machine")} now: ${named(lets)}.`);
  if (sentences.length > 0) return sentences.join(" ");
  return isCurrent ? "It holds nobody now." : "Would do nothing now.";
}

/** " mail of 2 machines" */
function whatOf(machines: readonly Held[]): string {
  const vectors = machines.flatMap(({ kind, vector }) => (kind === "vector" ? [vectorWords[vector ?? "other"]] : []));
  const what = vectors.length === 0 ? "" : ` ${joined([...new Set(vectors)])} of`;
  return `${what} ${counted(machines.length, "machine")}`;
}

/** What a policy would do now; null where the controller has not said. */
export function effectOf(site: Pick<SiteView, "policyEffects">, policy: Policy): PolicyEffect | null {
  return site.policyEffects.find((effect) => effect.policy === policy) ?? null;
}

/** A word beside the policy in force, and whether the box stands behind it (accent). */
export function policyTag(
  site: Pick<SiteView, "policy" | "reportedPolicy"> & { readonly sensor: Pick<SiteView["sensor"], "state"> },
): { readonly text: string; readonly isOn: boolean } {
  if (site.reportedPolicy !== site.policy) return { text: "asked", isOn: false };
  if (site.sensor.state !== "online") return { text: "when last heard", isOn: false };
  return { text: "in force", isOn: true };
}

const namesShown = 3;

function named(machines: readonly { readonly name: string }[]): string {
  const names = machines.map(({ name }) => name);
  const rest = names.length - namesShown;
  return joined(rest <= 0 ? names : [...names.slice(0, namesShown), `${rest} more`]);
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
