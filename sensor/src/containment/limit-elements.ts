import type { ReflexBudget, ReflexMode } from "@cordon/contract";
import type { Elements } from "./element-sets.ts";
import { defaultReflexRule, everyMac, limitSets, ruleOf, verdictOf, type ReflexRule } from "./limits-nft.ts";
import type { ReflexSettings, Step } from "./protocol.ts";

/** What one step makes of them. */
export function afterLimitStep(
  elements: Elements,
  step: Extract<Step, { kind: "throttle-add" | "throttle-remove" | "reflex-set" }>,
): Elements {
  if (step.kind === "reflex-set") return { ...elements, ...reflexElements(step.settings) };
  const { mac, ports } = step;
  const set = ports === null ? limitSets.throttleFrom : limitSets.throttleVector;
  const held = new Map(elements[set]);
  for (const key of ports === null ? [mac] : ports.map((port) => `${mac} . ${port}`)) {
    if (step.kind === "throttle-add") held.set(key, "");
    else held.delete(key);
  }
  return { ...elements, [set]: held };
}

function reflexElements(settings: ReflexSettings): Pick<Elements, "reflex_rules" | "reflex_exempt"> {
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
export function reflexSettingsOf(limits: Pick<Elements, "reflex_rules" | "reflex_exempt">): ReflexSettings {
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
