import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Scenario } from "../../lab/index.ts";
import { judgeCapture } from "../../src/replay/judge-capture.ts";
import type { HostSeen } from "./operator.ts";
import { dutiesOf, sayDuties } from "./say-duties.ts";
import { ScenarioWatch } from "./scenario-watch.ts";
import { standingOffice, type StandingOffice } from "./standing-office.ts";

/** What the box knows it has told by then: its link may have been choked as everything else was. */
const toldMs = 20_000;

export interface PlayOrder {
  readonly seed: number;
  /** What a person does meanwhile. */
  readonly meanwhile?: (office: StandingOffice) => Promise<void>;
}

/**
 * Plays a scenario with a sensor in the line, and holds what the sensor reports against what the scenario expects, and against
 * what a replay makes of its inside port.
 */
export async function playScenario(t: TestContext, scenario: Scenario, order: PlayOrder): Promise<void> {
  const office = await standingOffice(t, order.seed);
  const { lab, operator } = office;
  const capture = join(office.folder, "scenario.pcap");
  await lab.record(capture);
  const watch = new ScenarioWatch(lab.facts);
  await sayDuties(operator, scenario, lab);
  const run = await lab.run(scenario);
  let isOver = false;
  const over = Promise.all([run.ended, order.meanwhile?.(office)]).finally(() => (isOver = true));
  while (!isOver) {
    watch.see(await operator.site());
    await Promise.race([over, delay(500)]);
  }
  await over;
  await lab.stopRecording();

  const replayed = await judgeCapture(capture, {
    inside: lab.facts.localNets,
    duties: dutiesOf(scenario, lab.facts),
  });
  assert.equal(replayed.error, null);
  const verdictsOf = (hosts: readonly Pick<HostSeen, "host" | "verdict" | "class" | "vector">[]) =>
    lab.facts.hosts.map(({ mac, name }) => {
      const host = hosts.find((each) => each.host === mac);
      return host === undefined ? `${name}: unheard` : `${name}: ${host.verdict} ${host.class} ${host.vector}`;
    });
  const again = verdictsOf(replayed.hosts);
  const deadline = Date.now() + toldMs;
  for (;;) {
    const site = await operator.site();
    watch.see(site);
    const live = verdictsOf(site.hosts);
    const isSame = live.join() === again.join();
    if (Date.now() < deadline && !(isSame && watch.faults(scenario).length === 0)) {
      await delay(250);
      continue;
    }
    assert.deepEqual(watch.faults(scenario), []);
    assert.deepEqual(live, again, "live and replay disagree");
    return;
  }
}
