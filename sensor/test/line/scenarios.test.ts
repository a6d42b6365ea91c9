import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { chokedLine } from "../../lab/scenarios/choked-line.ts";
import { halfInfected } from "../../lab/scenarios/half-infected.ts";
import { internalResolver } from "../../lab/scenarios/internal-resolver.ts";
import { providerPortal } from "../../lab/scenarios/provider-portal.ts";
import { playScenario } from "./play-scenario.ts";

const allowed = namespacesAllowed();
const isSlowWanted = process.env["CORDON_SLOW_TESTS"] === "1";

/** Played where it is asked for: each takes most of a minute, and the judge has the same scene in `test/scenes`. */
const slow = new Set([chokedLine, internalResolver]);

const skipOf = (scenario: typeof chokedLine): string | false => {
  if (!allowed.ok) return allowed.reason;
  return slow.has(scenario) && !isSlowWanted ? "takes most of a minute: set CORDON_SLOW_TESTS=1" : false;
};

for (const { scenario, seed } of [
  { scenario: providerPortal, seed: 11 },
  { scenario: halfInfected, seed: 12 },
  { scenario: chokedLine, seed: 14 },
  { scenario: internalResolver, seed: 15 },
]) {
  test(
    `${scenario.name}: who is to be named is, nobody else, and a replay says the same`,
    { skip: skipOf(scenario), timeout: 240_000 },
    (t) => playScenario(t, scenario, { seed }),
  );
}
