import {
  defaultReflex,
  type Placement,
  type Reported,
  type ReportedReflex,
  type ReflexWish,
  type SiteProfile,
} from "@cordon/contract";
import { reflexMailPorts } from "./limits-nft.ts";
import { withoutProbation, withProbation, type Probation } from "./probation.ts";
import type { Observed, ReflexSettings } from "./protocol.ts";

/** What the reflex of a site is made of. */
export interface ReflexInput {
  readonly wish: ReflexWish | undefined;
  readonly placement: Placement;
  /** Machines a person vouched for; mail servers are exempt where others send no mail. */
  readonly declared: readonly SiteProfile["declared"][number][];
  /** Absent or null where nobody is on probation. */
  readonly probation?: Pick<Probation, "known"> | null;
}

/** The settings that the kernel is to hold, in the order in which they are read back. */
export function reflexSettings({
  wish = defaultReflex,
  placement,
  declared,
  probation = null,
}: ReflexInput): ReflexSettings {
  // In `wan` one address stands for everybody: what bounds a worm there bounds the office.
  const mayEnforce = whyDryOnly(placement) === null;
  const hosts = new Map(
    wish.hosts.map(({ host, mode, budget }) => [
      host,
      { mac: host, mode: mayEnforce && budget !== "unlimited" ? mode : ("dry" as const), budget },
    ]),
  );
  const servers = new Set(declared.flatMap(({ mac, role }) => (role === "mail-server" ? [mac] : [])));
  const settings: ReflexSettings = {
    mode: mayEnforce ? wish.mode : "dry",
    budget: wish.budget,
    hosts: [...hosts.values()].toSorted((a, b) => (a.mac < b.mac ? -1 : 1)),
    exempt: [...servers].toSorted().flatMap((mac) => reflexMailPorts.map((port) => ({ mac, port }))),
  };
  return withProbation(settings, mayEnforce ? probation : null);
}

function whyDryOnly(placement: Placement): string | null {
  if (placement === "wan") return "Outside the router all machines have one address, so new targets are only counted.";
  if (placement === "mirror") return "From a mirror nothing can be stopped.";
  return null;
}

// What a report has room for.
const maxHosts = 256;

/** What the reflex was seen to do. `observed` is null where the executor could not be asked. */
export function reportReflex(
  { wish = defaultReflex, placement, probation = null }: ReflexInput,
  observed: Observed | null,
  isSimulated: boolean,
): ReportedReflex {
  const held = observed?.reflex;
  const reflex = held === undefined ? held : { ...held, settings: withoutProbation(held.settings, wish, probation) };
  const isThere = reflex !== undefined && observed?.skeleton !== null && !isSimulated && placement !== "mirror";
  const hosts = (reflex?.hosts ?? []).map(({ mac, passed, stopped }) => ({ host: mac, passed, stopped }));
  const wishesToStop = wish.mode === "enforce" || wish.hosts.some(({ mode }) => mode === "enforce");
  return {
    mode: isThere ? reflex.settings.mode : null,
    budget: reflex?.settings.budget ?? wish.budget,
    passed: reflex?.passed ?? 0,
    stopped: reflex?.stopped ?? 0,
    rules: (isThere ? reflex.settings.hosts : [])
      .slice(0, maxHosts)
      .map(({ mac, ...rule }) => ({ host: mac, ...rule })),
    hosts: hosts.toSorted((a, b) => b.passed + b.stopped - a.passed - a.stopped).slice(0, maxHosts),
    refusal: wishesToStop ? whyDryOnly(placement) : null,
  };
}

/** In a sentence, who went beyond the budget since the report before; null where nobody did. */
export function beyondBudget(before: Reported["reflex"], after: Reported["reflex"]): string | null {
  if (before === undefined || after === undefined) return null;
  const earlier = new Map(before.hosts.map((host) => [host.host, host.passed + host.stopped]));
  const beyond = after.hosts.filter(({ host, passed, stopped }) => passed + stopped > (earlier.get(host) ?? 0));
  if (beyond.length === 0) return null;
  const names = beyond.slice(0, 5).map(({ host }) => host);
  const others = beyond.length > names.length ? ` and ${beyond.length - names.length} more` : "";
  const what = after.mode === "enforce" ? "stopped but where a machine has a rule of its own" : "counted, not stopped";
  return `More new targets than the budget allows, ${what}: ${names.join(", ")}${others}.`;
}
