import assert from "node:assert/strict";
import { test } from "node:test";
import { aHost, anAreaCut, aSite } from "../../../test/ui/samples.ts";
import { cutStanding, handProgress, lineCutHits, machinesWords } from "./area.ts";

const online = { state: "online" } as const;
const mac = (last: number) => `02:00:5e:10:00:0${last}`;

const standings = [
  { name: "asked", cut: anAreaCut({ level: "unconfirmed", reportedAt: null }), box: online, tag: "asked", isOn: false },
  { name: "whole", cut: anAreaCut(), box: online, tag: "cut off", isOn: true },
  { name: "in part", cut: anAreaCut({ level: "partly-cut" }), box: online, tag: "partly cut", isOn: true },
  {
    name: "by hand",
    cut: anAreaCut({ level: "by-hand", from: "neighbours" }),
    box: online,
    tag: "by hand",
    isOn: false,
  },
  {
    name: "refused",
    cut: anAreaCut({ level: "none", refusal: "no such area" }),
    box: online,
    tag: "refused",
    isOn: false,
  },
  { name: "silent", cut: anAreaCut(), box: { state: "silent" } as const, tag: "when last heard", isOn: false },
  { name: "being released", cut: anAreaCut({ releasing: true }), box: online, tag: "release asked", isOn: false },
] as const;

for (const { name, cut, box, tag, isOn } of standings) {
  test(`the standing of an area's cut: ${name}`, () => {
    const standing = cutStanding(cut, box);
    assert.deepEqual([standing.tag, standing.isOn], [tag, isOn]);
  });
}

test("who has fallen silent and who has not is told by name", () => {
  const hosts = [
    aHost({ host: mac(1), mac: mac(1), name: "DESK-01" }),
    aHost({ host: mac(2), mac: mac(2), name: "DESK-02" }),
  ];
  const site = aSite({ hosts, areas: [{ id: "r-1", name: "Front", hosts: [mac(1), mac(2)] }] });
  const byHand = anAreaCut({ from: "neighbours", level: "by-hand", silent: [mac(1)] });
  assert.equal(handProgress(site, byHand), "Silent: DESK-01. Still heard: DESK-02.");
  assert.equal(handProgress(site, anAreaCut({ from: "neighbours", reportedAt: null })), null, "nobody has looked yet");
  assert.equal(handProgress(site, anAreaCut()), null);
});

test("a long list is cut short, and the line's cut says whom it hits", () => {
  assert.equal(
    machinesWords(aSite(), [mac(1), mac(2), mac(3), mac(4), mac(5)]),
    `${mac(1)}, ${mac(2)}, ${mac(3)}, ${mac(4)} and 1 more`,
  );
  const counts = { hosts: 10, infected: 2, suspect: 0, watched: 0, clear: 8, unheard: 0, contained: 0 };
  assert.equal(lineCutHits({ counts }), "10 machines, 2 of them infected");
});
