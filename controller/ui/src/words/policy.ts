import type { Policy } from "@cordon/contract";
import type { PolicyEffect, SiteView } from "../../../src/api/view.ts";
import { vectorWords } from "./host.ts";
import { joined } from "./list.ts";
import { msg, plural, words } from "../language/message.ts";

type Held = PolicyEffect["holds"][number];

/** What each policy is, whatever the machines do. */
export const policyWords = words<Readonly<Record<Policy, { readonly title: string; readonly text: string }>>>({
  observe: { title: "Observe", text: "Cordon judges and says so. A person does the rest." },
  guard: {
    title: "Guard",
    text: "Cordon slows down who is suspect, and stops the way by which who is infected spreads.",
  },
  contain: { title: "Contain", text: "Cordon slows down who is suspect, and cuts off who is infected." },
});

/** Whom it spares, whichever policy acts. */
export function sparedWords(): string {
  return msg`Never by itself: gateways, resolvers, machines somebody declared a server, and whom a person released.`;
}

/** "Would cut off 1 machine now: TILL-3. Would slow down 2 machines now: DESK-1 and DESK-2." */
export function effectWords({ holds, lets }: Pick<PolicyEffect, "holds" | "lets">, isCurrent: boolean): string {
  const sentences: string[] = [];
  for (const kind of ["quarantine", "vector", "throttle"] as const) {
    // What stands already is no consequence of choosing the policy.
    const own = holds.filter((held) => held.kind === kind && held.isHeld === isCurrent);
    const milder = own.filter(({ isMilder }) => isMilder);
    const rest = own.filter(({ isMilder }) => !isMilder);
    if (rest.length > 0) sentences.push(isCurrent ? does(kind, rest) : would(kind, rest));
    if (milder.length > 0) sentences.push(isCurrent ? doesOnly(kind, milder) : wouldOnly(kind, milder));
  }
  const standing = isCurrent ? [] : holds.filter(({ isHeld }) => isHeld);
  if (standing.length > 0)
    sentences.push(
      msg`Would go on holding ${plural(standing.length, "{n} machine", "{n} machines")}: ${named(standing)}.`,
    );
  if (lets.length > 0)
    sentences.push(msg`Would let go ${plural(lets.length, "{n} machine", "{n} machines")} now: ${named(lets)}.`);
  if (sentences.length > 0) return sentences.join(" ");
  return isCurrent ? msg`It holds nobody now.` : msg`Would do nothing now.`;
}

function does(kind: Held["kind"], machines: readonly Held[]): string {
  const [many, names] = [manyOf(machines), named(machines)];
  if (kind === "quarantine") return msg`It has cut off ${many}: ${names}.`;
  if (kind === "vector") return msg`It stops ${waysOf(machines)} of ${many}: ${names}.`;
  return msg`It slows down ${many}: ${names}.`;
}

function would(kind: Held["kind"], machines: readonly Held[]): string {
  const [many, names] = [manyOf(machines), named(machines)];
  if (kind === "quarantine") return msg`Would cut off ${many} now: ${names}.`;
  if (kind === "vector") return msg`Would stop ${waysOf(machines)} of ${many} now: ${names}.`;
  return msg`Would slow down ${many} now: ${names}.`;
}

/** What becomes of machines that were cut off until now; less than a cut, so no machine is cut. */
function doesOnly(kind: Held["kind"], machines: readonly Held[]): string {
  const [many, names] = [manyOf(machines), named(machines)];
  if (kind === "vector") return msg`It stops only ${waysOf(machines)} of ${many} cut off until now: ${names}.`;
  return msg`It slows down only ${many} cut off until now: ${names}.`;
}

function wouldOnly(kind: Held["kind"], machines: readonly Held[]): string {
  const [many, names] = [manyOf(machines), named(machines)];
  if (kind === "vector") return msg`Would stop only ${waysOf(machines)} of ${many} cut off until now: ${names}.`;
  return msg`Would slow down only ${many} cut off until now: ${names}.`;
}

/** "mail and telnet" */
function waysOf(machines: readonly Held[]): string {
  return joined([...new Set(machines.map(({ vector }) => vectorWords[vector ?? "other"]))]);
}

function manyOf(machines: readonly Held[]): string {
  return plural(machines.length, "{n} machine", "{n} machines");
}

/** What a policy would do now; null where the controller has not said. */
export function effectOf(site: Pick<SiteView, "policyEffects">, policy: Policy): PolicyEffect | null {
  return site.policyEffects.find((effect) => effect.policy === policy) ?? null;
}

/** A word beside the policy in force, and whether the box stands behind it (accent). */
export function policyTag(
  site: Pick<SiteView, "policy" | "reportedPolicy"> & { readonly sensor: Pick<SiteView["sensor"], "state"> },
): { readonly text: string; readonly isOn: boolean } {
  if (site.reportedPolicy !== site.policy) return { text: msg`asked`, isOn: false };
  if (site.sensor.state !== "online") return { text: msg`when last heard`, isOn: false };
  return { text: msg`in force`, isOn: true };
}

const namesShown = 3;

function named(machines: readonly { readonly name: string }[]): string {
  const names = machines.map(({ name }) => name);
  const rest = names.length - namesShown;
  return joined(rest <= 0 ? names : [...names.slice(0, namesShown), msg`${rest} more`]);
}
