import assert from "node:assert/strict";
import { test } from "node:test";
import { layers } from "../layers/index.ts";
import { faultsOf, layersFor } from "./layer-order.ts";

test("the layers of the image stand in an order in which they can be built", () => {
  assert.deepEqual(faultsOf(layers), []);
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
