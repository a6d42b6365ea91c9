import type {
  AnyContainment,
  AutomaticContainment,
  Pardon,
  Policy,
  ReflexWish,
  ReportedProbation,
} from "@cordon/contract";
import { defaultReflex } from "@cordon/contract";
import { incidentLifeMs, provenAfterMs, type Incident } from "./incident.ts";
import { hasBegun, isOver, type ContainmentTime } from "./plan.ts";
import type { Observed, ReflexSettings } from "./protocol.ts";

/**
 * Probation: while an incident is open, a machine that was never seen before is bounded from its first
 * packet on and on all ports, so that nobody gets out of a quarantine by a new MAC. In the kernel it is the other way round:
 * not the unknown have a rule of their own but the known, so that no number of made-up MACs fills anything; see
 * `probation-nft.ts`. Each newcomer that the judge has seen is held as a throttle beside that, where a person sees it.
 */

/** What holds for whoever is not known, in the words of a reflex: the closest there is, and it stops. */
const probationReflex = { mode: "enforce", budget: "tight", probation: true } as const;

export interface ProbationInput {
  readonly policy: Policy;
  /** False where nothing can be stopped from here. */
  readonly canContain: boolean;
  readonly incident: Incident | null;
  /** MACs of machines that a person vouched for, or through which everything passes. */
  readonly spared: ReadonlySet<string>;
  readonly pardons: readonly Pardon[];
  readonly wished: readonly AnyContainment[];
  readonly automatic: readonly AutomaticContainment[];
  readonly time: ContainmentTime;
}

/** What is to be held. */
export interface Probation {
  /** MACs for which the site's reflex goes on as before. */
  readonly known: readonly string[];
  readonly throttles: readonly AutomaticContainment[];
}

/**
 * The probation that holds; null where there is none. Under `observe` a person acts, and nobody but him: there it holds for as
 * long as he has somebody cut off, who would else be free under the next MAC.
 */
export function probationOf(input: ProbationInput): Probation | null {
  const { policy, canContain, incident, spared, pardons, wished, automatic, time } = input;
  if (!canContain || incident === null) return null;
  if (policy === "observe" && !wished.some((wish) => isCutOff(wish, time))) return null;
  const pardoned = pardons.flatMap(({ host, until }) => (until === null || until > time.trusted ? [host] : []));
  const free = new Set([...incident.known, ...spared, ...pardoned]);
  // What is held already is not held twice.
  const held = new Set([
    ...automatic.map(({ host }) => host),
    ...wished.flatMap((wish) => (isOver(wish, time) || wish.kind === "vector" ? [] : [wish.host])),
  ]);
  const throttles = incident.newcomers
    .filter(({ mac }) => !free.has(mac) && !held.has(mac))
    .map(({ mac, since }) => throttleOf(mac, since, incident, policy));
  return { known: [...free].toSorted(), throttles };
}

function isCutOff(wish: AnyContainment, time: ContainmentTime): boolean {
  return wish.kind === "quarantine" && hasBegun(wish, time) && !isOver(wish, time);
}

const minutes = provenAfterMs / 60_000;

function throttleOf(mac: string, since: number, incident: Incident, policy: Policy): AutomaticContainment {
  const text = `It was never seen before this incident, and has not yet talked for ${minutes} minutes with nothing against it.`;
  return {
    // The same for as long as it holds, and after that never again.
    id: `p-${incident.openedAt.toString(36)}-${since.toString(36)}-${mac.replaceAll(":", "")}`,
    kind: "throttle",
    host: mac,
    vector: null,
    reason: `On probation: ${text}`,
    author: policy === "observe" ? "Cordon, while somebody is cut off" : `Cordon, policy ${policy}`,
    startsAt: since,
    expiresAt: incident.warrantedAt + incidentLifeMs,
    evidence: [{ kind: "never-seen", for: true, weight: 0, count: 1, firstAt: since, lastAt: since, text }],
  };
}

/** The reflex with the rules of probation: whoever is known keeps what held for all, all others do not. */
export function withProbation(settings: ReflexSettings, probation: Pick<Probation, "known"> | null): ReflexSettings {
  if (probation === null) return settings;
  const { mode, budget } = settings;
  const rules = new Map<string, ReflexSettings["hosts"][number]>(
    probation.known.map((mac) => [mac, { mac, mode, budget }]),
  );
  // What a person wished for one machine is the more special.
  for (const rule of settings.hosts) rules.set(rule.mac, rule);
  return {
    ...settings,
    ...probationReflex,
    hosts: [...rules.values()].toSorted((a, b) => (a.mac < b.mac ? -1 : 1)),
  };
}

/** The other way round, for who asks what holds for the site: settings as read, and the wish that they should carry. */
export function withoutProbation(
  settings: ReflexSettings,
  wish: ReflexWish,
  probation: Pick<Probation, "known"> | null,
): ReflexSettings {
  const { probation: isOnProbation, ...site } = settings;
  if (probation === null || isOnProbation !== true) return settings;
  const wished = new Set(wish.hosts.map(({ host }) => host));
  const known = new Set(probation.known);
  const [rule] = settings.hosts.filter(({ mac }) => known.has(mac) && !wished.has(mac));
  if (rule === undefined || rule.budget === "unlimited") return settings;
  return {
    ...site,
    mode: rule.mode,
    budget: rule.budget,
    hosts: settings.hosts.filter(({ mac }) => wished.has(mac) || !known.has(mac)),
  };
}

/** What the kernel was seen to stop of those that nobody has named, for the report. */
export function strangersStopped(observed: Observed | null): Pick<ReportedProbation, "stopped"> {
  return observed?.probationStopped === undefined ? {} : { stopped: observed.probationStopped };
}

/**
 * Whether settings carry no wish but those of probation or none: without a document nobody knows what else
 * was wished, and such may be set anew all the same.
 */
export function carriesNoWish({ mode, budget, hosts, probation }: ReflexSettings): boolean {
  const isDefault = (rule: { readonly mode: string; readonly budget: string }) =>
    rule.mode === defaultReflex.mode && rule.budget === defaultReflex.budget;
  return (probation === true || isDefault({ mode, budget })) && hosts.every(isDefault);
}
