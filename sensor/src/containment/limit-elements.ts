import type { ReflexBudget, ReflexMode } from "@cordon/contract";
import {
  defaultReflexRule,
  everyMac,
  limitSets,
  ruleOf,
  verdictOf,
  type LimitSet,
  type ReflexRule,
} from "./limits-nft.ts";
import type { ReflexSettings, Step } from "./protocol.ts";

/** The elements of the sets of limits: for each set its keys, with the verdict where the set is a map, else "". */
export type Limits = Readonly<Record<LimitSet, ReadonlyMap<string, string>>>;

const setNames = Object.values(limitSets);

/** Of each set what a function says. */
export function limitsOf(held: (set: LimitSet) => ReadonlyMap<string, string>): Limits {
  return Object.fromEntries(setNames.map((set) => [set, held(set)])) as Record<LimitSet, ReadonlyMap<string, string>>;
}

export const noLimits: Limits = limitsOf(() => new Map());

/** The sets in a fixed order. */
export function limitEntries(limits: Limits): readonly (readonly [LimitSet, ReadonlyMap<string, string>])[] {
  return setNames.map((set) => [set, limits[set]]);
}

/** Both together; of two verdicts on one machine the first counts. */
export function mergedLimits(a: Limits, b: Limits): Limits {
  return limitsOf((set) => new Map([...b[set], ...a[set]]));
}

/** Without verdicts that are none of ours: the chain they go to may not be there after the next load. */
export function knownLimits(limits: Limits): Limits {
  return limitsOf((set) =>
    set === limitSets.reflexRules
      ? new Map([...limits[set]].filter(([, verdict]) => ruleOf(verdict) !== null))
      : limits[set],
  );
}

/** An element as nft writes it. */
export function elementText([key, verdict]: readonly [key: string, verdict: string]): string {
  return verdict === "" ? key : `${key} : ${verdict}`;
}

/** What one step makes of them. */
export function afterLimitStep(
  limits: Limits,
  step: Extract<Step, { kind: "throttle-add" | "throttle-remove" | "reflex-set" }>,
): Limits {
  if (step.kind === "reflex-set") return { ...limits, ...reflexElements(step.settings) };
  const { mac, ports } = step;
  const set = ports === null ? limitSets.throttleFrom : limitSets.throttleVector;
  const held = new Map(limits[set]);
  for (const key of ports === null ? [mac] : ports.map((port) => `${mac} . ${port}`)) {
    if (step.kind === "throttle-add") held.set(key, "");
    else held.delete(key);
  }
  return { ...limits, [set]: held };
}

/**
 * What to change so that a kernel that holds `held` holds `wanted`, in order: what goes or changes goes
 * first, since a map takes no second verdict for a key.
 */
export function limitDiff(
  wanted: Limits,
  held: Limits,
): readonly { readonly verb: "add" | "delete"; readonly set: LimitSet; readonly entries: readonly string[] }[] {
  return setNames.flatMap((set) => {
    const lacking = (from: ReadonlyMap<string, string>, inOther: ReadonlyMap<string, string>) =>
      [...from]
        .filter(([key, verdict]) => inOther.get(key) !== verdict)
        .map(elementText)
        .toSorted();
    return [
      { verb: "delete" as const, set, entries: lacking(held[set], wanted[set]) },
      { verb: "add" as const, set, entries: lacking(wanted[set], held[set]) },
    ];
  });
}

function reflexElements(settings: ReflexSettings): Pick<Limits, "reflex_rules" | "reflex_exempt"> {
  const rules = new Map<string, string>();
  const site: ReflexRule = settings.probation === true ? "probation" : `${settings.mode} ${settings.budget}`;
  if (site !== defaultReflexRule) rules.set(everyMac, verdictOf(site));
  for (const { mac, mode, budget } of settings.hosts) {
    rules.set(mac, verdictOf(budget === "unlimited" ? budget : `${mode} ${budget}`));
  }
  return {
    reflex_rules: rules,
    reflex_exempt: new Map(settings.exempt.map(({ mac, port }) => [`${mac} . ${port}`, ""])),
  };
}

/** The settings that the elements stand for. A verdict that is none of ours stands for no limit. */
export function reflexSettingsOf(limits: Limits): ReflexSettings {
  const hosts: ReflexSettings["hosts"] = [];
  let site = parted(defaultReflexRule);
  let isProbation = false;
  for (const [mac, verdict] of [...limits[limitSets.reflexRules]].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const named = ruleOf(verdict) ?? "unlimited";
    const rule = parted(named);
    if (mac === everyMac) {
      site = rule;
      isProbation = named === "probation";
    } else hosts.push({ mac, ...rule });
  }
  const exempt = [...limits[limitSets.reflexExempt].keys()].toSorted().map((key) => {
    const [mac = "", port] = key.split(" . ");
    return { mac, port: Number(port) };
  });
  // A hand may have put a rule without limit for every machine there: that is a dry run without counting.
  return {
    ...{ mode: site.mode, budget: site.budget === "unlimited" ? "wide" : site.budget, hosts, exempt },
    ...(isProbation ? { probation: true as const } : {}),
  };
}

function parted(rule: ReflexRule): { readonly mode: ReflexMode; readonly budget: ReflexBudget | "unlimited" } {
  if (rule === "unlimited") return { mode: "dry", budget: rule };
  if (rule === "probation") return { mode: "enforce", budget: "tight" };
  const [mode, budget] = rule.split(" ") as [ReflexMode, ReflexBudget];
  return { mode, budget };
}
