import { test } from "node:test";
import { allScenarios, namespacesAllowed } from "../../lab/index.ts";
import { everythingAtOnce } from "../../lab/scenarios/everything-at-once.ts";
import { playScenario } from "./play-scenario.ts";

const allowed = namespacesAllowed();
const isSlowWanted = process.env["CORDON_SLOW_TESTS"] === "1";

/** Played with every change; the others where it is asked for, and the judge has the same scenes in `test/scenes`. */
const usual = new Set([everythingAtOnce]);
/** An office with nine people at work. */
const seed = 8;
const bringUpMs = 240_000;

for (const scenario of allScenarios.filter(({ expected }) => expected !== undefined)) {
  const slow = usual.has(scenario) || isSlowWanted ? false : "takes minutes with the others: set CORDON_SLOW_TESTS=1";
  test(
    `${scenario.name}: who is to be named is, nobody else, and a replay says the same`,
    { skip: allowed.ok ? slow : allowed.reason, timeout: scenario.durationMs + bringUpMs },
    (t) => playScenario(t, scenario, { seed }),
  );
}
