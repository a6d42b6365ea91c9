import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { throttleLimit, type DesiredDocument, type Placement, type Reported } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { KernelAgent } from "./kernel-agent.ts";
import { absenceOf, rungs, variants, type AnyLevel, type Rung, type Variant } from "./matrix-cells.ts";
import { farCardsSpeak, hasAsked, outwardFrames, question, type Role } from "./matrix-frames.ts";
import { probesOf, roles, type Probe, type Sight } from "./matrix-probes.ts";
import { startMatrixSite } from "./matrix-site.ts";
import { SegmentWitness, type Seen } from "./segment-witness.ts";
import { patience, whyNoNamespaces, type TestSite } from "./test-site.ts";
import { sampled } from "../slow-tests.ts";

/**
 * Every rung in every placement, by both families and in every encapsulation: what the report says of it, held against
 * witnesses beyond the box, at the machine, at its neighbour and in another cell. What is said to be stopped does not pass,
 * and all else does.
 */

/** What came of one probe. */
interface Outcome {
  readonly probe: Probe;
  readonly arrived: number;
}

// As many looks without any change, and what is to come has not come.
const looksInVain = 20;

/** How a placement is played, as `describe` takes it. */
export const matrixOptions = { skip: whyNoNamespaces(), timeout: 120_000 * patience };

/** Declares the tests of one placement. */
export function playMatrix(placement: Placement): void {
  const existing = variants.filter((variant) => absenceOf(placement, variant)?.isCarried !== false);

  let site: TestSite;
  let client: ExecutorClient;
  let outside: SegmentWitness;
  let ofContained: SegmentWitness;
  let ofInnocent: SegmentWitness;
  let otherCell: SegmentWitness | null;
  let round = 0;
  /** What was seen when all that was sent so far had come. */
  let lastSight: Sight;
  let signal: AbortSignal;

  before(async () => {
    signal = AbortSignal.timeout(120_000 * patience);
    site = await startMatrixSite(placement);
    client = site.client();
    await client.observe(signal);
    outside = await SegmentWitness.at(site, "provider");
    ofContained = await SegmentWitness.at(site, "infected");
    ofInnocent = await SegmentWitness.at(site, "neighbour");
    otherCell = placement === "gateway" ? await SegmentWitness.at(site, "other") : null;
    lastSight = await look();
  });
  after(async () => {
    client.close();
    await site.close();
  });

  /** What is reached of a wish. An agent that went on would look at the kernel all the while, which costs an emulator most of its time. */
  const reach = async (wish: Partial<DesiredDocument>): Promise<Reported> => {
    const agent = new KernelAgent({ executor: client, placement, signal });
    agent.start();
    const reported = await agent.reach(wish);
    await agent.close();
    return reported;
  };

  const look = async (): Promise<Sight> => {
    const seen = [outside, ofContained, ofInnocent].map((witness) => witness.seen());
    const [first, second, third] = (await Promise.all(seen)) as [Seen, Seen, Seen];
    const fourth = (await otherCell?.seen()) ?? null;
    return { outside: first, ofContained: second, ofInnocent: third, otherCell: fourth };
  };

  /** Sends all frames, and gives what was seen of them when what is to come has come and no more comes. */
  const tryAll = async (probes: readonly Probe[]): Promise<readonly Outcome[]> => {
    await site.traffic("provider", "frames", farCardsSpeak);
    for (const sender of ["infected", "neighbour", "provider"] as const) {
      const frames = probes.flatMap((probe) => (probe.sender === sender ? probe.frames : []));
      await site.traffic(sender, "frames", frames);
    }
    const before = lastSight;
    for (let last = before, unchanged = 0; ;) {
      const now = await look();
      unchanged = textOf(now) === textOf(last) ? unchanged + 1 : 0;
      last = now;
      const outcomes = probes.map((probe) => ({ probe, arrived: probe.arrived(now) - probe.arrived(before) }));
      const isThere = outcomes.every(
        ({ probe: { fate, frames }, arrived }) => fate !== "passes" || arrived >= frames.length,
      );
      if (unchanged >= (isThere ? 1 : looksInVain)) {
        lastSight = now;
        return outcomes;
      }
      signal.throwIfAborted();
    }
  };

  /** By a gateway only answers come in: before anything is done, each machine asks something. */
  const ask = async () => {
    if (placement !== "gateway") return;
    await reach({});
    for (const role of roles) {
      const asked = existing.map((variant) => question(role, variant, round));
      await site.traffic(role === "contained" ? "infected" : "neighbour", "frames", asked);
    }
    while (!hasAsked(await outside.seen(), round)) signal.throwIfAborted();
  };

  /** Tries everything at a rung, null being no wish, and holds it against what is reported, each cell for itself. */
  const play = async (t: TestContext, rung: Rung | null) => {
    round += 1;
    await ask();
    const reported = await reach(rung?.wish ?? {});
    const startedAt = performance.now();
    const levels = new Map(
      existing.map((variant) => [variant, rung === null ? "none" : rung.levelOf(reported, variant)]),
    );
    const probes = existing.map((variant) => ({
      variant,
      ofVariant: probesOf(variant, placement, round, rung, levels.get(variant) ?? "none"),
    }));
    const outcomes = await tryAll(probes.flatMap(({ ofVariant }) => ofVariant));
    const seconds = (performance.now() - startedAt) / 1000;
    for (const { variant, ofVariant } of probes) {
      await t.test(`${placement}, ${rung?.name ?? "no wish"}, ${nameOf(variant)}`, (cell) => {
        const level = levels.get(variant);
        const ofCell = outcomes.filter(({ probe }) => ofVariant.includes(probe));
        assert.ok(level !== undefined, "nothing is reported");
        cell.diagnostic(lineOf(placement, rung?.name ?? "no wish", variant, level, ofCell));
        assert.equal(level, rung?.levels[placement] ?? "none");
        hold(ofCell, level, seconds);
      });
    }
    // That somebody tries many targets is said, too, and is no trouble.
    assert.deepEqual(
      reported.health.filter(({ severity }) => severity !== "info"),
      [],
    );
  };

  test("without a wish everything passes", (t) => play(t, null));

  if (existing.length < variants.length) {
    test("what does not exist there carries nothing, whoever sends it", async () => {
      round += 1;
      const [one] = existing as [Variant];
      const frames = (some: readonly Variant[]) =>
        some.flatMap((variant) => outwardFrames("open", "innocent", variant, round, placement));
      const openings = await site.arrivals("meta l4proto tcp th dport 9000");
      const absent = variants.filter((variant) => !existing.includes(variant));
      await site.traffic("neighbour", "frames", frames(absent));
      // What exists is sent behind it.
      await site.traffic("neighbour", "frames", frames([one]));
      while ((await openings()) === 0) signal.throwIfAborted();
      assert.equal(await openings(), 1, "of those that exist");
      const seen = await outside.seen();
      for (const { innocent } of absent) assert.equal(seen.sentBy(innocent), 0, innocent);
    });
  }

  for (const rung of sampled(rungs)) test(`${rung.name}: what is reported is true`, (t) => play(t, rung));

  test("after all releases everything passes again", (t) => play(t, null));
}

function textOf({ outside, ofContained, ofInnocent, otherCell }: Sight): string {
  return [outside, ofContained, ofInnocent, otherCell].map((seen) => seen?.text).join();
}

function nameOf({ family, encapsulation }: Variant): string {
  return `IPv${family} ${encapsulation}`;
}

/** A cell in a line: what is reported, and how many of the frames sent have come through. */
function lineOf(
  placement: Placement,
  rung: string,
  variant: Variant,
  level: AnyLevel,
  outcomes: readonly Outcome[],
): string {
  const told = (role: Role, ...directions: readonly Probe["direction"][]) => {
    const some = outcomes.filter(({ probe }) => probe.role === role && directions.includes(probe.direction));
    const arrived = some.reduce((sum, outcome) => sum + outcome.arrived, 0);
    return `${arrived}/${some.reduce((sum, { probe }) => sum + probe.frames.length, 0)}`;
  };
  return [
    ...[placement.padEnd(7), rung.padEnd(25), nameOf(variant).padEnd(18), level.padEnd(14)],
    ...[`out ${told("contained", "out").padEnd(5)}`, `in ${told("contained", "in")}`],
    ...[`beside ${told("contained", "beside")}`, `innocent ${told("innocent", "out", "in", "beside").padEnd(5)}`],
    ...(placement === "gateway" ? [`other cell ${told("contained", "cell")}`] : []),
  ].join("  ");
}

/** Holds what came through against what the level says. */
function hold(outcomes: readonly Outcome[], level: AnyLevel, seconds: number): void {
  for (const { probe, arrived } of outcomes) {
    const what = `${probe.kind} (${probe.direction}) of the ${probe.role}: ${arrived} of ${probe.frames.length} at the level ${level}`;
    if (probe.fate === "passes") assert.equal(arrived, probe.frames.length, what);
    if (probe.fate === "stopped") assert.equal(arrived, 0, what);
  }
  const kinds = [(kind: string) => kind === "scanLink", (kind: string) => kind !== "scanLink"];
  for (const [role, isOfKind] of roles.flatMap((each) => kinds.map((kind) => [each, kind] as const))) {
    const limited = outcomes.filter(
      ({ probe }) => probe.role === role && probe.fate === "limited" && isOfKind(probe.kind) && probe.frames.length > 0,
    );
    const arrived = limited.reduce((sum, outcome) => sum + outcome.arrived, 0);
    const most = throttleLimit.burst + Math.ceil(seconds * throttleLimit.perSecond);
    if (limited.length > 0) assert.ok(arrived > 0 && arrived <= most, `${arrived} new targets, of at most ${most}`);
  }
}
