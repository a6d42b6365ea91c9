import { randomInt } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as timePasses } from "node:timers/promises";
import { namespacesAllowed } from "../lab/index.ts";
import { SensorError } from "../src/errors.ts";
import type { ControllerProcess } from "./controller-process.ts";
import { deadLineBox, playDeadLine } from "./dead-line.ts";
import { bringUpOffice } from "./office.ts";
import { aborted, endMs, type StartParts } from "./parts.ts";
import { findScenario, playScenario } from "./scenarios.ts";
import { bringUpSimulation } from "./simulation.ts";
import { SiteSession } from "./site-session.ts";
import { tellLink } from "./tell-link.ts";
import { watchSite } from "./watch-site.ts";

/** The sensor starts and connects, ms. */
const onlineMs = 20_000;

/** What was brought up, as far as the demo needs to know it. */
interface Standing {
  readonly controller: ControllerProcess;
  /** Ends when something fell that should stand, with what it was. */
  readonly fell: Promise<string>;
  /** The last words of the sensor, for a person who looks for what went wrong. */
  readonly lastWords: () => string;
  /** What is to be seen, in lines for a person. */
  readonly about: readonly string[];
  /** Begins what is to be seen; settles when it can go on no longer. */
  readonly play: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The lab's site with a sensor in its line, or the recorded one, and a controller of its own. */
export async function runDemo(parts: StartParts): Promise<void> {
  const { options, folder, telling, asked } = parts;
  // Before anything stands: a wrong name is told at once.
  findScenario(options.scenario);
  // The site is drawn anew each time, and so is what the controller knows of it.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  const isLab = !options.simulate && isLabPossible(parts);
  if (!isLab) telling.say("A recorded capture is judged instead. Containment is simulated: nothing is stopped.");
  const standing = isLab ? await standUpLab(parts) : await standUpSimulation(parts);
  const over = new AbortController();
  try {
    const fell = standing.fell.then((what) => {
      if (!asked.aborted) throw new SensorError("part-ended", what);
    });
    const session = new SiteSession(standing.controller.url, () => standing.controller.newLoginLink());
    const watch = watchSite(session, telling, over.signal);
    const isOnline = await Promise.race([
      watch.online,
      aborted(asked),
      fell,
      timePasses(onlineMs, false, { ref: false }),
    ]);
    if (asked.aborted) return;
    if (isOnline === false) {
      throw new SensorError(
        "sensor-offline",
        `the sensor is not online after ${onlineMs / 1000} s:\n${standing.lastWords()}`,
      );
    }
    watch.siteIsUp(Date.now());
    const play = standing.play(over.signal);
    tellLink(standing.controller, telling, standing.about);
    await Promise.race([aborted(asked), fell, play]);
  } finally {
    over.abort();
    await Promise.race([standing.close(), timePasses(endMs, null, { ref: false })]);
  }
}

function isLabPossible({ telling }: StartParts): boolean {
  const allowed = namespacesAllowed();
  if (!allowed.ok) telling.say(`The lab cannot stand on this machine: ${allowed.reason}`);
  return allowed.ok;
}

async function standUpLab({ options, folder, telling, asked }: StartParts): Promise<Standing> {
  const seed = options.seed ?? randomInt(1, 1_000_000);
  const scenario = findScenario(options.scenario);
  const box = options.deadLine ? await deadLineBox(folder) : null;
  const office = await bringUpOffice({
    ...(box === null ? {} : { line: box.line }),
    seed,
    folder,
    siteName: `Lab office ${seed}`,
    httpPort: options.httpPort,
    // The lab's sensor comes by a relay, to any port.
    brokerPort: 0,
    onProgress: (sentence) => telling.say(`${sentence} …`),
    signal: asked,
  });
  return {
    controller: office.controller,
    fell: office.controller.ended.then((how) => `the controller ${how}`),
    lastWords: () => office.lab.logs().slice(-15).join("\n"),
    about: [scenario.title, `The same office again: npm start -- --seed ${seed}`],
    async play(signal) {
      const playing = playScenario(office.lab, scenario, signal);
      // What becomes of the line is no end of the scene.
      if (box !== null) void playDeadLine(office, box, telling, signal).catch(() => undefined);
      await playing;
    },
    close: () => office.close(endMs),
  };
}

async function standUpSimulation({ options, folder, telling }: StartParts): Promise<Standing> {
  const simulation = await bringUpSimulation(folder, options.httpPort, (sentence) => telling.say(`${sentence} …`));
  return {
    controller: simulation.controller,
    fell: Promise.race([
      simulation.controller.ended.then((how) => `the controller ${how}`),
      simulation.sensorEnded.then((how) => `the sensor ${how}`),
    ]),
    lastWords: simulation.lastWords,
    about: ["A lab's office, recorded: one machine sends mail in masses, another scans for victims."],
    play: () => new Promise(() => undefined),
    close: () => simulation.close(endMs),
  };
}
