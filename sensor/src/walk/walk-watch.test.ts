import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WalkWatch, type Found } from "./walk-watch.ts";

const tickMs = 50;

/** A site in the head: who answers when, and what of that is lost. */
class Site {
  readonly watch = new WalkWatch(0);
  readonly found: Found[] = [];
  readonly #isThere: (host: string, at: number) => boolean;
  readonly #isLost: (host: string, question: number) => boolean;
  readonly #questions = new Map<string, number>();
  now = 0;
  asked = 0;

  constructor(
    hosts: readonly string[],
    isThere: (host: string, at: number) => boolean,
    isLost: (host: string, question: number) => boolean = () => false,
  ) {
    this.#isThere = isThere;
    this.#isLost = isLost;
    for (const host of hosts) this.watch.add(host, 0);
  }

  until(end: number): this {
    for (; this.now < end; this.now += tickMs) {
      for (const { host } of this.watch.due(this.now)) {
        this.watch.asked(host, this.now);
        this.asked += 1;
        const question = (this.#questions.get(host) ?? 0) + 1;
        this.#questions.set(host, question);
        if (this.#isThere(host, this.now) && !this.#isLost(host, question)) this.watch.heard(host, this.now + 1);
      }
      for (const found of this.watch.advance(this.now)) {
        const at = this.found.findIndex(({ id }) => id === found.id);
        if (at === -1) this.found.push(found);
        else this.found[at] = found;
      }
    }
    return this;
  }

  stateOf(host: string): string | undefined {
    return this.watch.machines.find((machine) => machine.host === host)?.state;
  }

  /** Kinds and hosts of all that was found. */
  get words(): string[] {
    return this.found.map(({ kind, hosts }) => `${kind} ${hosts.toSorted().join(" ")}`.trim());
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);
const always = () => true;

test("one machine whose cable is pulled is named within two seconds, and told again when it is back", () => {
  const site = new Site(names(20), (host, at) => host !== "m7" || at < 5000 || at > 12_000).until(20_000);
  assert.deepEqual(site.words, ["gone m7", "back m7"]);
  const [gone, back] = site.found;
  assert.ok((gone?.at ?? 0) - 5000 <= 2000 && (gone?.heardAt ?? 0) < 5000, JSON.stringify(gone));
  assert.ok((back?.at ?? 0) - 12_000 <= 1100, JSON.stringify(back));
  assert.equal(site.stateOf("m7"), "answering");
});

test("two cables one after the other are two machines, and the last one that answers is not named alone", () => {
  const pulled: Readonly<Record<string, number>> = { m0: 5000, m1: 6000, m2: 12_000 };
  const site = new Site(names(3), (host, at) => at < (pulled[host] ?? Infinity)).until(20_000);
  assert.deepEqual(site.words, ["gone m0", "gone m1", "everything m2"]);
});

test("a machine that was pulled, put back and pulled again with another is not taken for the first time", () => {
  const isOut = (host: string, at: number) =>
    (host === "m0" && ((at > 5000 && at < 7500) || at > 9000)) || (host === "m1" && at > 9000);
  const site = new Site(names(6), (host, at) => !isOut(host, at)).until(14_000);
  assert.deepEqual(site.words, ["gone m0", "back m0", "together m0 m1"]);
});

test("several that fall silent in one moment are told together, all of them as everything", () => {
  const some = new Site(names(20), (host, at) => at < 5000 || !["m3", "m4", "m5"].includes(host)).until(12_000);
  assert.deepEqual(some.words, ["together m3 m4 m5"]);
  const all = new Site(names(20), (_, at) => at < 5000 || at > 20_000).until(26_000);
  assert.equal(all.words.length, 2, all.words.join(", "));
  assert.deepEqual(all.found[0]?.kind, "everything");
  assert.equal(all.found[0]?.hosts.length, 20);
  assert.deepEqual([all.found[1]?.kind, all.found[1]?.hosts.length], ["back", 20]);
});

test("who was silent before is never named, nor who answers with gaps", () => {
  const site = new Site(
    names(6),
    (host, at) => host !== "m0" && (host !== "m1" || at < 30_000),
    // Three of ten questions are lost to the air, in a row.
    (host, question) => host === "m1" && question % 10 < 3,
  ).until(40_000);
  assert.deepEqual(site.words, []);
  assert.deepEqual(
    [site.stateOf("m0"), site.stateOf("m1"), site.stateOf("m2")],
    ["silent-before", "unsteady", "answering"],
  );
});

test("who comes later may be named later", () => {
  const site = new Site(names(5), (host, at) => host !== "m0" || (at > 8000 && at < 15_000)).until(7900);
  assert.equal(site.stateOf("m0"), "silent-before");
  assert.equal(site.until(14_900).stateOf("m0"), "answering");
  assert.deepEqual(site.until(20_000).words, ["gone m0"]);
});

test("what a machine says of itself counts as an answer", () => {
  const site = new Site(["m0", "m1"], (host) => host !== "m0");
  site.until(3000);
  assert.equal(site.stateOf("m0"), "silent-before");
  for (let at = 3000; at < 9000; at += 100) {
    site.until(at);
    site.watch.heard("m0", at);
  }
  assert.equal(site.stateOf("m0"), "answering");
});

test("while the own cable is out nobody is asked and nobody is missed; all are learned anew after it", () => {
  const site = new Site(names(5), (_, at) => at < 5000 || at > 9000).until(5900);
  assert.ok(site.watch.isAllMissing);
  site.watch.link(false, site.now);
  const before = site.asked;
  site.until(9000);
  assert.equal(site.asked, before);
  site.watch.link(true, site.now);
  site.until(20_000);
  assert.deepEqual(site.words, ["own-link", "own-link-back"]);
  assert.equal(site.stateOf("m0"), "answering");
});

test("a look that comes late takes nobody's answer for missing", () => {
  const site = new Site(names(5), always).until(4000);
  for (const { host } of site.watch.due(4200)) site.watch.asked(host, 4200);
  // Everything stood still for three seconds, and the answers lie there unread.
  site.watch.excuse(3000);
  assert.deepEqual(site.watch.advance(7200), []);
  for (const host of names(5)) site.watch.heard(host, 7210);
  site.now = 7250;
  assert.deepEqual(site.until(12_000).words, []);
});

test("where nobody is heard for a while and then everybody, it was the box that was held up", () => {
  const site = new Site(names(9), (_, at) => at < 5000 || at > 7300).until(14_000);
  assert.deepEqual(site.words, []);
});

test("many machines are asked at a bounded pace, and the pulled one is still named", () => {
  const site = new Site(names(256), (host, at) => host !== "m99" || at < 8000).until(8000);
  const before = site.asked;
  site.until(18_000);
  assert.ok((site.asked - before) / 10 <= 301, `${(site.asked - before) / 10} questions a second`);
  assert.deepEqual(site.words, ["gone m99"]);
  assert.ok((site.found[0]?.at ?? 0) - 8000 <= 5000, String(site.found[0]?.at));
});

test("whatever is lost by ones and twos, nobody is named who is there, and whoever is pulled alone is", () => {
  const scene = fc.record({
    count: fc.integer({ min: 2, max: 40 }),
    pulledAt: fc.integer({ min: 4000, max: 9000 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    lostOf: fc.integer({ min: 12, max: 40 }),
  });
  fc.assert(
    fc.property(scene, ({ count, pulledAt, seed, lostOf }) => {
      const isLost = (host: string, question: number) => {
        // Two in a row at most, so seldom that it is no radio.
        const at = Math.floor(question / 2) + Number(host.slice(1)) + seed;
        return question > 6 && (at * 7919) % lostOf === 0;
      };
      const site = new Site(names(count), (host, at) => host !== "m0" || at < pulledAt, isLost).until(pulledAt + 6000);
      const named = site.found.filter(({ kind }) => kind === "gone").flatMap(({ hosts }) => hosts);
      assert.deepEqual(named, ["m0"]);
      assert.deepEqual(
        site.found.filter(({ kind }) => kind === "together" || kind === "everything"),
        [],
      );
    }),
    { numRuns: 150 },
  );
});

test("whoever is pulled together is never named alone in the end", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 60 }),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 4000, max: 9000 }),
      (count, together, pulledAt) => {
        const gone = new Set(names(Math.min(together, count)));
        const site = new Site(names(count), (host, at) => !gone.has(host) || at < pulledAt).until(pulledAt + 8000);
        assert.deepEqual(
          site.found.filter(({ kind }) => kind === "gone"),
          [],
        );
        assert.deepEqual(new Set(site.found.flatMap(({ hosts }) => hosts)), gone);
      },
    ),
    { numRuns: 100 },
  );
});
