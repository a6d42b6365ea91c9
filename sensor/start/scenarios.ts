import { allScenarios, type Lab, type Scenario } from "../lab/index.ts";
import { SensorError } from "../src/errors.ts";

/** The scenario of that name. */
export function findScenario(name: string): Scenario {
  const found = allScenarios.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = allScenarios.map((each) => each.name).join(", ");
  throw new SensorError("unknown-scenario", `there is no scenario "${name}"; there are: ${names}`);
}

/** Plays the scenario, and again when it is over, until the signal or the end of the lab. */
export async function playScenario(lab: Lab, scenario: Scenario, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const run = await lab.run(scenario, { signal });
    await run.ended;
  }
}
