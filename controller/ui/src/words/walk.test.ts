import assert from "node:assert/strict";
import { test } from "node:test";
import type { WalkFindingView, WalkStandingView, WalkView } from "../../../src/api/walk-view.ts";
import { aContainment, aHost, aSite, noon } from "../../../test/ui/samples.ts";
import { doneKey, namesOf, obstacleWords, overWords, walkLists, walkScene, whyNoCable } from "./walk.ts";

const [desk, printer, laptop, other] = [
  "02:00:5e:10:00:07",
  "02:00:5e:10:00:08",
  "02:00:5e:10:00:09",
  "02:00:5e:10:00:0a",
] as const;
const hosts = [
  aHost({ host: printer, name: "PRINTER-2F", verdict: "clear", score: 0 }),
  aHost(),
  aHost({ host: laptop, name: "LAPTOP-K3" }),
  aHost({ host: other, name: "DESK-02", verdict: "clear", score: 0 }),
];

function aFinding(finding: Partial<WalkFindingView> = {}): WalkFindingView {
  return { id: 1, kind: "gone", hosts: [desk], at: noon, heardAt: noon - 1800, toldAt: noon, ...finding };
}

function aWalk(walk: Partial<WalkStandingView> = {}): WalkView {
  const machines: WalkStandingView["machines"] = [
    { host: desk, state: "answering", since: noon - 9000 },
    { host: printer, state: "answering", since: noon - 9000 },
    { host: laptop, state: "unsteady", since: noon - 9000 },
  ];
  return {
    obstacle: null,
    walk: {
      ...{ id: "w1", author: "operator", armedAt: noon - 20_000, isArmed: true, endsAt: noon + 500_000 },
      ...{ heardAt: noon, machines, others: 0, findings: [], over: null, ...walk },
    },
  };
}

const without = (host: string) =>
  (aWalk().walk?.machines ?? []).map((each) =>
    each.host === host ? { ...each, state: "gone" as const, since: noon } : each,
  );
const sceneOf = (view: WalkView, done: readonly string[] = [], now = noon) =>
  walkScene(view, hosts, new Set(done), now);

test("who is to be found and falls silent is the right one, anybody else the wrong one, until a person has read it", () => {
  const right = aWalk({ machines: without(desk), findings: [aFinding()] });
  const scene = sceneOf(right);
  assert.ok(scene.kind === "gone" && scene.isRight && scene.host.name === "DESK-07");
  const wrong = sceneOf(aWalk({ machines: without(printer), findings: [aFinding({ hosts: [printer] })] }));
  assert.ok(wrong.kind === "gone" && !wrong.isRight);
  assert.equal(sceneOf(right, [doneKey(aFinding())]).kind, "listening");
  // It was put back meanwhile.
  assert.equal(sceneOf(aWalk({ findings: [aFinding()] })).kind, "listening");
});

test("nobody is named where several fell silent, and what grew is told again", () => {
  const two = aFinding({ kind: "together", hosts: [desk, printer] });
  const machines = without(desk);
  assert.equal(sceneOf(aWalk({ machines, findings: [two] })).kind, "together");
  assert.equal(sceneOf(aWalk({ machines, findings: [two] }), [doneKey(aFinding())]).kind, "together");
  const all = aFinding({ kind: "everything", hosts: [desk, printer] });
  assert.equal(sceneOf(aWalk({ machines, findings: [all] })).kind, "everything");
  const link = aFinding({ id: 2, kind: "own-link", hosts: [], heardAt: null });
  assert.equal(sceneOf(aWalk({ machines, findings: [all, link] })).kind, "own-link");
  const linkBack = aFinding({ id: 3, kind: "own-link-back", hosts: [], heardAt: null });
  assert.equal(sceneOf(aWalk({ findings: [all, link, linkBack] })).kind, "listening");
});

test("one that has to stay unplugged and speaks again is told; any other just answers", () => {
  const back = (host: string) => aFinding({ id: 2, kind: "back", hosts: [host], heardAt: null });
  const again = sceneOf(aWalk({ findings: [aFinding(), back(desk)] }));
  assert.ok(again.kind === "again" && again.host.name === "DESK-07");
  assert.equal(sceneOf(aWalk({ findings: [aFinding({ hosts: [printer] }), back(printer)] })).kind, "listening");
});

test("a walk that is not heard of, not armed, over or not possible looks like none that listens", () => {
  assert.deepEqual(sceneOf(aWalk(), [], noon + 5001), { kind: "unheard", since: noon });
  assert.deepEqual(sceneOf(aWalk({ heardAt: null }), [], noon), { kind: "unheard", since: noon - 20_000 });
  assert.equal(sceneOf(aWalk({ isArmed: false })).kind, "starting");
  const over = aWalk({ over: { why: "time", at: noon, by: null, text: "" } });
  assert.equal(sceneOf(over).kind, "idle");
  assert.equal(sceneOf({ obstacle: null, walk: null }).kind, "idle");
  assert.equal(sceneOf({ obstacle: "mirror", walk: null }).kind, "obstacle");
});

test("the lists part who is to be found by what their cables can tell", () => {
  const { walk } = aWalk({ machines: without(desk) });
  assert.ok(walk !== null);
  const cut = aHost({
    host: printer,
    name: "PRINTER-2F",
    verdict: "clear",
    score: 0,
    containments: [aContainment({ host: printer })],
  });
  const lists = walkLists(walk, aSite({ hosts: [cut, ...hosts.slice(1)] }));
  const names = (list: readonly { readonly host: { readonly name: string | null } }[]) =>
    list.map(({ host }) => host.name);
  // Whom somebody has cut off is to be found, whatever is known against it.
  assert.deepEqual(names(lists.toFind), ["PRINTER-2F"]);
  assert.deepEqual(names(lists.found), ["DESK-07"]);
  assert.deepEqual(names(lists.without), ["LAPTOP-K3"]);
  assert.deepEqual([names(lists.wrong), lists.answering], [[], 1]);
});

test("every obstacle, state and end has words of its own", () => {
  const said = Object.values(obstacleWords).map(({ why }) => why);
  assert.equal(new Set(said).size, said.length);
  const ends = (
    ["time", "stopped", "page-closed", "controller-lost", "box-restarted", "replaced", "failed"] as const
  ).map((why) => {
    const { walk } = aWalk({ over: { why, at: noon, by: null, text: "" } });
    return walk === null ? "" : overWords(walk);
  });
  assert.equal(new Set(ends).size, 7);
  const states = (["wireless", "unsteady", "no-address", "silent-before", null] as const).map(whyNoCable);
  assert.equal(new Set(states).size, 5);
  assert.equal(namesOf([desk, printer], hosts), "DESK-07, PRINTER-2F");
  assert.equal(namesOf([desk, printer, laptop, other, "x"], hosts), "DESK-07, PRINTER-2F, LAPTOP-K3 and 2 more");
});
