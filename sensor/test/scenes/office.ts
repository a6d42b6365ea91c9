import assert from "node:assert/strict";
import type { HostSnapshot } from "@cordon/contract";
import { hostKey, monday, officeAtWork, Scene } from "../../src/judge-scene.ts";
import type { JudgeOptions } from "../../src/judge.ts";
import { SeededRandom } from "../../bench/random.ts";

/** Before anything else happens the office has been at work for so long. */
export const startsAt = monday + 120_000;

/** Machines that do nothing but people's work. */
export const colleagues: readonly number[] = [10, 11, 12, 13, 14, 15, 16, 17];

/** An office of people at work, and chance that is the same each time. */
export function anOffice(
  untilMs: number,
  options: Partial<JudgeOptions> = {},
): { readonly scene: Scene; readonly random: SeededRandom } {
  const scene = new Scene(options);
  officeAtWork(scene, colleagues.slice(0, 4), monday, startsAt + untilMs, "answered");
  return { scene, random: new SeededRandom(1) };
}

/** Whatever happened, nobody of these is above watched, or ever was. */
export function assertLeftAlone(scene: Scene, hosts: readonly number[] = colleagues): void {
  const keys = new Set(hosts.map(hostKey));
  for (const host of scene.judge.hosts()) {
    if (!keys.has(host.host)) continue;
    assert.ok(["clear", "watched"].includes(host.verdict), `${host.host} is ${host.verdict}: ${ledger(host)}`);
    assert.equal(host.suspectAt, null, `${host.host} was suspect`);
  }
}

/** A ledger in a line, for whoever reads why a test failed. */
export function ledger(host: HostSnapshot): string {
  return host.evidence.map(({ kind, weight, count }) => `${kind} ${weight} (${count})`).join(", ");
}

/** Infected by this way of spreading, within so long of its first deed. */
export function assertInfected(
  host: HostSnapshot,
  vector: HostSnapshot["vector"],
  from: number,
  withinMs: number,
): void {
  assert.equal(host.verdict, "infected", ledger(host));
  assert.equal(host.vector, vector, ledger(host));
  const tookMs = (host.infectedAt ?? Number.POSITIVE_INFINITY) - from;
  assert.ok(tookMs <= withinMs, `it took ${tookMs} ms: ${ledger(host)}`);
}

/** An address anywhere in the Internet, none of the site's ranges. */
export function anywhere(random: SeededRandom): string {
  return `${20 + random.below(100)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
}

/** Of strangers drawn by chance, what becomes of a call. */
export function byChance(random: SeededRandom): "answered" | "refused" | "silent" {
  const dice = random.below(1000);
  return dice < 5 ? "answered" : dice < 45 ? "refused" : "silent";
}

/** The numbers of a /24 in an order of chance. */
export function shuffledNetwork(random: SeededRandom): number[] {
  const numbers = Array.from({ length: 254 }, (_, index) => index + 1);
  for (let last = numbers.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [numbers[last], numbers[other]] = [numbers[other] ?? 0, numbers[last] ?? 0];
  }
  return numbers;
}
