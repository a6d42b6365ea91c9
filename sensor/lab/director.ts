import type { Drawn, DrawnActivity } from "./protocol.ts";
import { between, seededRandom, type Random } from "./random.ts";
import type { HostFacts, HostJob } from "./lab.ts";
import type { Happening, Range, Scenario, Step, Who } from "./scenario.ts";
import type { Site } from "./site.ts";

/** What one host does, or what happens to the line, with everything drawn. Times are relative to the start. */
export type Cue =
  | {
      readonly kind: "host";
      readonly index: number;
      readonly key: string;
      readonly activity: DrawnActivity;
      readonly delayMs: number;
      readonly forMs: number;
    }
  | { readonly kind: "line"; readonly happening: Drawn<Happening>; readonly delayMs: number; readonly forMs: number };

function isRange(value: unknown): value is Range {
  return Array.isArray(value) && value.length === 2 && value.every((bound) => typeof bound === "number");
}

/** Replaces each range by a number drawn from it. */
export function drawRanges<T extends object>(random: Random, thing: T): Drawn<T> {
  const entries = Object.entries(thing).map(([key, value]) => [
    key,
    isRange(value) ? between(random.fork(key), value) : value,
  ]);
  return Object.fromEntries(entries) as Drawn<T>;
}

const jobsOfPeople: readonly HostJob[] = ["workstation", "mass-mailer", "worm"];

/** Whom a step means, in the office's order. */
export function meant<H extends Pick<HostFacts, "job">>(hosts: readonly H[], who: Who): readonly H[] {
  if (who === "everybody") return hosts;
  const people = hosts.filter(({ job }) => jobsOfPeople.includes(job));
  if (who === "people") return people;
  if (typeof who === "string") return hosts.filter(({ job }) => job === who);
  if ("people" in who) return people.slice(...who.people);
  return hosts.filter(({ job }) => job === "workstation").slice(...who.workstations);
}

function cuesOf(site: Site, step: Step, durationMs: number, random: Random, key: string): readonly Cue[] {
  const timing = (from: Random): { delayMs: number; forMs: number } => {
    const delayMs = between(from.fork("at"), step.atMs);
    return { delayMs, forMs: Math.max(0, Math.min(step.forMs ?? durationMs, durationMs - delayMs)) };
  };
  if (!("who" in step)) {
    return [{ kind: "line", happening: drawRanges(random, step.does), ...timing(random) }];
  }
  const performers = new Set(meant(site.hosts, step.who));
  return site.hosts.flatMap((host, index): readonly Cue[] => {
    if (!performers.has(host)) return [];
    const own = random.fork(`host${index}`);
    return [{ kind: "host", index, key, activity: drawRanges(own, step.does), ...timing(own) }];
  });
}

/** Draws who does what when. Pure: the same seed and scenario give the same cues. */
export function drawCues(site: Site, scenario: Scenario): readonly Cue[] {
  const random = seededRandom(site.facts.seed).fork(`scenario/${scenario.name}`);
  return scenario.steps.flatMap((step, index) => {
    const key = `${scenario.name}/${index}`;
    return cuesOf(site, step, scenario.durationMs, random.fork(String(index)), key);
  });
}
