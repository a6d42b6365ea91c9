import assert from "node:assert/strict";
import { test } from "node:test";
import { boards } from "../layers/index.ts";
import { root } from "../layers/root.ts";
import { renderManifest } from "./build-bundle.ts";

test("a release says for which kind of box it is, and each kind has a word of its own", () => {
  const kinds = Object.values(boards).map((board) => root(board).compatible);
  assert.deepEqual(kinds, ["cordon-pc", "cordon-pi"]);
  assert.equal(
    renderManifest({ compatible: "cordon-pi", bundleFormat: "verity", version: "0.2.0" }),
    "[update]\ncompatible=cordon-pi\nversion=0.2.0\n\n[bundle]\nformat=verity\n\n" +
      "[image.root]\nfilename=root.img\n\n[image.verity]\nfilename=verity.img\n",
  );
});
