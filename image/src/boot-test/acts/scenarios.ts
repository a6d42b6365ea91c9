import { setTimeout as delay } from "node:timers/promises";
import { lineCut, officeQuiet, type LabEvent, type Scenario } from "../../../../sensor/lab/index.ts";
import { hostOf } from "../../../../sensor/test/line/operator.ts";
import { sayDuties } from "../../../../sensor/test/line/say-duties.ts";
import { ScenarioWatch } from "../../../../sensor/test/line/scenario-watch.ts";
import { accused, infectedOf, type Act } from "../office-scene.ts";
import { hangMs } from "../patience.ts";

const quietMs = 30_000;

/** A day on which nobody does anything wrong. */
export const quietActs: readonly Act[] = [
  {
    stories: ["nobody-is-accused-on-a-quiet-day"],
    async play(setting) {
      const { office, operator, book } = setting;
      const run = await office.lab.run(officeQuiet);
      await delay(quietMs);
      const site = await operator.until("machines were heard", hangMs, ({ hosts }) => hosts.length > 3);
      await run.stop();
      const found = accused(setting, site, ({ verdict }) => verdict === "suspect" || verdict === "infected");
      book.tell("nobody-is-accused-on-a-quiet-day", found === "", found);
    },
  },
];

/** The provider cuts the line before anything happens, and both infected machines go on. */
export const lineCutActs: readonly Act[] = [
  {
    stories: ["infected-are-named-on-a-dead-line", "a-dead-line-accuses-nobody-else"],
    async play(setting) {
      const { office, operator, book } = setting;
      const at = new Map<string, number>();
      const forget = office.lab.onEvent((event: LabEvent) => {
        if (event.kind === "line") at.set(event.state, event.at);
      });
      const run = await office.lab.run(lineCut);
      const macs = infectedOf(setting);
      const site = await operator.until(
        "both are named and the line is well again",
        240_000,
        (seen) =>
          at.has("restored") &&
          seen.line?.state === "healthy" &&
          macs.every((mac) => seen.hosts.some(({ host, verdict }) => host === mac && verdict === "infected")),
      );
      forget();
      await run.stop();
      const [cutAt = 0, restoredAt = 0] = [at.get("cut"), at.get("restored")];
      const namedAt = macs.map((mac) => hostOf(site, mac).infectedAt ?? 0);
      book.note(`named ${namedAt.map((time) => ((time - cutAt) / 1000).toFixed(1)).join(" and ")} s after the cut`);
      const isInTime = namedAt.every((time) => time > cutAt && time < restoredAt);
      book.tell("infected-are-named-on-a-dead-line", isInTime, "they were named only after the line was back");
      const found = accused(setting, site, ({ host, verdict }) => !macs.includes(host) && verdict !== "clear");
      book.tell("a-dead-line-accuses-nobody-else", found === "", found);
    },
  },
];

/** What the box tells late, on an emulated processor and after a choked line. */
const toldMs = 60_000;

/** One scenario from its beginning to its end, in an office where nothing happened before. */
export function scenarioAct(scenario: Scenario): Act {
  const story = `scenario-${scenario.name}`;
  return {
    stories: [story],
    async play({ office, operator, book }) {
      const watch = new ScenarioWatch(office.lab.facts);
      await sayDuties(operator, scenario, office.lab);
      const run = await office.lab.run(scenario);
      let isOver = false;
      const over = run.ended.finally(() => (isOver = true));
      while (!isOver) {
        watch.see(await operator.site());
        await Promise.race([over, delay(1000)]);
      }
      const deadline = Date.now() + toldMs;
      let faults = watch.faults(scenario);
      while (faults.length > 0 && Date.now() < deadline) {
        await delay(1000);
        watch.see(await operator.site());
        faults = watch.faults(scenario);
      }
      book.tell(story, faults.length === 0, faults.join("; "));
    },
  };
}
