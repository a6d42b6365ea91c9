import { meant, type Scenario, type SiteFacts } from "../../lab/index.ts";
import type { Operator } from "./operator.ts";

/** What a person says of a scenario's machines, by MAC, as the judge is told. */
export function dutiesOf({ duties = [] }: Scenario, { hosts }: SiteFacts) {
  return duties.flatMap(({ who, duty }) => meant(hosts, who).map(({ mac }) => ({ mac, duty })));
}

/** Says it, each as soon as the machine is heard: of one that was never heard nobody can say anything. */
export async function sayDuties(operator: Operator, scenario: Scenario, facts: SiteFacts, timeoutMs: number) {
  for (const { mac, duty } of dutiesOf(scenario, facts)) {
    const { id } = await operator.until(`${mac} is heard`, timeoutMs, ({ hosts }) =>
      hosts.some(({ host }) => host === mac),
    );
    await operator.declareDuty(id, mac, duty);
  }
}
