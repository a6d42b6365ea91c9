import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";

interface Calls {
  readonly count: number;
  readonly paceMs: number;
  readonly portOf: (index: number) => number;
  readonly answeredShare?: number;
}

function call(scene: Scene, { count, paceMs, portOf, answeredShare = 0 }: Calls): void {
  for (let index = 0; index < count; index += 1) {
    const outcome = (index * 0.618) % 1 < answeredShare ? "answered" : "silent";
    scene.contact(10, { at: monday + index * paceMs, to: stranger(index), port: portOf(index), outcome });
    if (index % 5 === 0) scene.page(10, { at: monday + index * paceMs + 7, site: index });
  }
  scene.play(monday + count * paceMs + 30_000);
}

for (const [name, calls] of [
  ["a bot that looks for one device's port, two in a second", { count: 150, paceMs: 500, portOf: () => 8291 }],
  [
    "one that mixes six ports",
    { count: 160, paceMs: 1000, portOf: (i) => [81, 82, 9000, 9200, 8291, 2375][i % 6] ?? 81 },
  ],
  ["a search for web servers, one in two seconds", { count: 200, paceMs: 2000, portOf: () => 80, answeredShare: 0.01 }],
  ["a fast one, before anybody could answer", { count: 200, paceMs: 10, portOf: () => 27_017 }],
] satisfies [string, Calls][]) {
  test(`${name} makes a suspect`, () => {
    const scene = new Scene();
    call(scene, calls);
    assert.equal(scene.host(10).verdict, "suspect");
    assert.match(lineOf(scene.host(10), "service-search")?.text ?? "", /on ports? [\d, ]+ within .*worms search/);
  });
}

for (const [name, calls] of [
  [
    "a wallet with fifteen servers of which half answer",
    { count: 15, paceMs: 200, portOf: () => 50_002, answeredShare: 0.5 },
  ],
  [
    "a currency's node whose peers are mostly gone",
    { count: 400, paceMs: 500, portOf: () => 8333, answeredShare: 0.05 },
  ],
  ["a currency's node behind a filter", { count: 400, paceMs: 500, portOf: () => 30_303 }],
  ["a client of shared files behind a filter", { count: 400, paceMs: 100, portOf: (i) => 1024 + ((i * 977) % 60_000) }],
  [
    "a proxy of which every twentieth server is slow",
    { count: 400, paceMs: 100, portOf: () => 443, answeredShare: 0.95 },
  ],
] satisfies [string, Calls][]) {
  test(`${name} searches nothing`, () => {
    const scene = new Scene();
    call(scene, calls);
    assert.equal(lineOf(scene.host(10), "service-search"), undefined);
    assert.equal(scene.host(10).suspectAt, null);
  });
}

test("pages that fail on a line that answers nobody are no search", () => {
  const scene = new Scene();
  for (let index = 0; index < 200; index += 1) {
    scene.syn(10, { at: monday + index * 500, to: stranger(index), port: 443 });
  }
  scene.play(monday + 140_000);
  assert.equal(scene.host(10).suspectAt, null);
});
