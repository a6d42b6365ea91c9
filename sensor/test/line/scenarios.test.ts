import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { chokedLine } from "../../lab/scenarios/choked-line.ts";
import { halfInfected } from "../../lab/scenarios/half-infected.ts";
import { internalResolver } from "../../lab/scenarios/internal-resolver.ts";
import { providerPortal } from "../../lab/scenarios/provider-portal.ts";
import { playScenario } from "./play-scenario.ts";

const allowed = namespacesAllowed();

for (const { scenario, seed } of [
  { scenario: providerPortal, seed: 11 },
  { scenario: halfInfected, seed: 12 },
  { scenario: chokedLine, seed: 14 },
  { scenario: internalResolver, seed: 15 },
]) {
  test(
    `${scenario.name}: who is to be named is, nobody else, and a replay says the same`,
    { skip: allowed.ok ? false : allowed.reason, timeout: 240_000 },
    (t) => playScenario(t, scenario, { seed }),
  );
}
