import { meant, type Lab, type Scenario, type SiteFacts } from "../../lab/index.ts";
import { arrivals } from "../../lab/scenarios/arrivals.ts";
import type { Operator } from "./operator.ts";

/** Of a machine that was never heard nobody can say anything; this long only where a busy machine plays the office. */
const heardMs = 60_000;

/** What a person says of a scenario's machines, by MAC, as the judge is told. */
export function dutiesOf({ duties = [] }: Scenario, { hosts }: SiteFacts) {
  return duties.flatMap(({ who, duty }) => meant(hosts, who).map(({ mac }) => ({ mac, duty })));
}

/** Says it before the scenario begins. */
export async function sayDuties(operator: Operator, scenario: Scenario, lab: Lab): Promise<void> {
  const duties = dutiesOf(scenario, lab.facts);
  if (duties.length === 0) return;
  const { ended } = await lab.run(arrivals);
  for (const { mac, duty } of duties) {
    const { id } = await operator.until(`${mac} is heard`, heardMs, ({ hosts }) =>
      hosts.some(({ host }) => host === mac),
    );
    await operator.declareDuty(id, mac, duty);
  }
  await ended;
}
