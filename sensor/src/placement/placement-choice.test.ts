import assert from "node:assert/strict";
import { test } from "node:test";
import type { Placement } from "@cordon/contract";
import type { LineFault, PlacementFinding } from "./find-placement.ts";
import { PlacementChoice, type LinePlacement } from "./placement-choice.ts";

const minute = 60_000;

function aFinding(kind: Placement | null, ...faults: LineFault["kind"][]): PlacementFinding {
  return { kind, reasons: [], blindSpots: [], faults: faults.map((fault) => ({ kind: fault, text: "" })) };
}

/** Looks once a minute from 0 on and gives what was found, by the minute. */
function look(
  choice: PlacementChoice,
  findings: readonly PlacementFinding[],
  held: string | null = null,
): [number, LinePlacement][] {
  return findings.flatMap((finding, index): [number, LinePlacement][] => {
    const found = choice.look({ finding, held, at: index * minute });
    return found === null ? [] : [[index, found]];
  });
}

const times = (count: number, finding: PlacementFinding) => Array.from({ length: count }, () => finding);

test("a box that has only begun believes the traffic within a minute, and says once where it stands", () => {
  for (const [placement, kind] of [
    ["lan", "wan"],
    ["wan", "lan"],
  ] as const) {
    const choice = new PlacementChoice({ placement, isFound: false });
    assert.deepEqual(look(choice, times(2, aFinding(kind))), [[1, kind]]);
  }
  const right = new PlacementChoice({ placement: "lan", isFound: false });
  assert.match(right.reasons[0] ?? "", /until the traffic has told, it works as between the router and the switch/);
  assert.deepEqual(look(right, times(10, aFinding("lan"))), [[1, "lan"]]);
  assert.match(right.reasons[0] ?? "", /by the traffic that is between the router and the switch/);
});

test("a box that knew better needs half an hour without a break", () => {
  const choice = () => new PlacementChoice({ placement: "lan", isFound: true });
  assert.deepEqual(look(choice(), times(30, aFinding("wan"))), []);
  assert.deepEqual(look(choice(), times(31, aFinding("wan"))), [[30, "wan"]]);
  for (const breaking of [aFinding(null), aFinding("lan")]) {
    const broken = [...times(20, aFinding("wan")), breaking, ...times(30, aFinding("wan"))];
    assert.deepEqual(look(choice(), broken), []);
  }
});

test("it never makes itself a gateway or a mirror, and says who may", () => {
  for (const kind of ["gateway", "mirror"] as const) {
    const choice = new PlacementChoice({ placement: "lan", isFound: false });
    assert.deepEqual(look(choice, times(90, aFinding(kind))), []);
    assert.match(choice.doubt ?? "", /takes its ports out of the line, so only a person may say it/);
  }
});

test("it does not go over while something is held or the cables are wrong", () => {
  const held = new PlacementChoice({ placement: "lan", isFound: false });
  assert.deepEqual(look(held, times(90, aFinding("wan")), "the line is cut"), []);
  assert.match(held.doubt ?? "", /does not go over while the line is cut: its hold would be lost/);
  for (const fault of ["ports-swapped", "loop"] as const) {
    const choice = new PlacementChoice({ placement: "lan", isFound: false });
    assert.deepEqual(look(choice, times(90, aFinding("wan", fault))), []);
    assert.match(choice.doubt ?? "", /when the cables are right/);
  }
  // What stands in the way of going elsewhere stands in nobody's way who stays.
  const staying = new PlacementChoice({ placement: "lan", isFound: false });
  assert.deepEqual(look(staying, times(3, aFinding("lan", "ports-swapped")), "the line is cut"), [[1, "lan"]]);
});

test("what was held when it ends lets it go over at once, for the traffic has said it all the while", () => {
  const choice = new PlacementChoice({ placement: "lan", isFound: true });
  look(choice, times(60, aFinding("wan")), "a machine is contained");
  assert.equal(choice.look({ finding: aFinding("wan"), held: null, at: 60 * minute }), "wan");
  assert.equal(choice.doubt, null);
});

test("every sentence fits the contract", () => {
  for (const placement of ["lan", "wan"] as const) {
    for (const kind of ["lan", "wan", "gateway", "mirror"] as const) {
      for (const faults of [[], ["loop"]] as const) {
        const choice = new PlacementChoice({ placement, isFound: true });
        for (const held of ["a way of spreading is shut or counted", null]) {
          choice.look({ finding: aFinding(kind, ...faults), held, at: 0 });
          for (const sentence of choice.reasons) assert.ok(sentence.length <= 200, sentence);
        }
      }
    }
  }
});
