import assert from "node:assert/strict";
import { test } from "node:test";
import { boards, layersOf } from "../layers/index.ts";
import { faultsOf, layersFor } from "./layer-order.ts";

const layers = layersOf(boards.pc);

test("the layers of each image stand in an order in which they can be built", () => {
  for (const board of Object.values(boards)) assert.deepEqual(faultsOf(layersOf(board)), []);
});

test("what two images have in common is one and the same layer", () => {
  // Layers are kept by architecture and name: two that differ would put each other out again and again.
  const shared = new Map<string, string>();
  for (const layer of Object.values(boards).flatMap((board) => layersOf(board))) {
    const key = `${layer.architecture} ${layer.name}`;
    assert.equal(shared.get(key) ?? JSON.stringify(layer), JSON.stringify(layer), key);
    shared.set(key, JSON.stringify(layer));
  }
});

test("a need that stands later and a name that is there twice are named", () => {
  assert.deepEqual(faultsOf(layers.toReversed()).length > 0, true);
  const [first] = layers;
  assert.deepEqual(first === undefined ? [] : faultsOf([first, first]), [`there are two layers called ${first?.name}`]);
});

test("only what a layer is made from is built for it", () => {
  assert.deepEqual(
    layersFor(layers, "initramfs").map(({ name }) => name),
    ["boot-packages", "kernel", "initramfs"],
  );
  assert.throws(() => layersFor(layers, "nothing"), { code: "layer-unknown" });
});
