import assert from "node:assert/strict";
import { test } from "node:test";
import { InterfaceSides, parseInterfaceNames } from "./interface-sides.ts";

test("a port made again under a new index is found after one look at the kernel", async () => {
  let names = new Map([[3, "in0"]]);
  let looks = 0;
  let nowMs = 0;
  const sides = new InterfaceSides({
    ports: { in0: "inside", out0: "outside" },
    monotonic: () => nowMs,
    readNames: () => {
      looks++;
      return Promise.resolve(names);
    },
  });
  await sides.refresh();
  assert.equal(sides.sideOf(3), "inside");
  names = new Map([[8, "in0"]]);
  nowMs = 600;
  assert.equal(sides.sideOf(8), null);
  await Promise.resolve().then(() => Promise.resolve());
  assert.equal(sides.sideOf(8), "inside");
  for (let packet = 0; packet < 100; packet++) sides.sideOf(99);
  assert.equal(looks, 2, "an index nobody knows does not ask for every packet");
});

test("a failing look keeps what was known", async () => {
  let fails = false;
  const sides = new InterfaceSides({
    ports: { out0: "outside" },
    monotonic: () => 0,
    readNames: () => (fails ? Promise.reject(new Error("no ip")) : Promise.resolve(new Map([[4, "out0"]]))),
  });
  await sides.refresh();
  fails = true;
  await sides.refresh();
  assert.equal(sides.sideOf(4), "outside");
});

test("names come from what ip prints", () => {
  const json = `[{"ifindex":1,"ifname":"lo"},{"ifindex":3,"ifname":"in0","link_netnsid":0},{}]`;
  assert.deepEqual(
    [...parseInterfaceNames(json)],
    [
      [1, "lo"],
      [3, "in0"],
    ],
  );
});
