import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { selection } from "../capture/selection.ts";
import { renderRouting } from "./routing-nft.ts";
import { renderSkeleton } from "./skeleton.ts";

const options = { bridge: "br0", outsidePort: "out0" };

test("what is forwarded is the recorded text", async () => {
  const file = new URL("../../test/data/routing.nft", import.meta.url);
  const { text } = renderRouting(options);
  // A wanted change is recorded by running this once with the variable set; the diff is then read by a person.
  if (process.env["CORDON_RECORD"] === "1") await writeFile(file, text);
  assert.equal(text, await readFile(file, "utf8"));
});

test("the version changes with the text", () => {
  const { version } = renderRouting(options);
  assert.equal(renderRouting({ ...options }).version, version);
  assert.notEqual(renderRouting({ ...options, outsidePort: "out1" }).version, version);
});

const gateway = { selection, logGroup: 71, outsidePort: null } as const;

test("a gateway's table looks where the bridge meets the box, and carries nothing from port to port", () => {
  const skeleton = renderSkeleton({ ...gateway, refusal: "reset" });
  const text = `${skeleton.text}${skeleton.more}`;
  const hooks = [...text.matchAll(/type filter hook (\w+) priority (-?\d+); policy (\w+);/g)].map(([, ...words]) =>
    words.join(" "),
  );
  assert.deepEqual(hooks.toSorted(), [
    "forward -200 drop",
    "input -100 accept",
    "input -200 accept",
    "input -210 accept",
    "input 300 accept",
    "output -100 accept",
    "output -200 accept",
    "prerouting -300 accept",
  ]);
  assert.doesNotMatch(text, /[io]ifname/);
});

/** Loads texts one after the other in a namespace of its own; what nft said, empty where it took them. */
function load(...texts: readonly string[]): string {
  const program = 'for text; do printf %s "$text" | nft -f - || exit; done';
  const { stderr, error } = spawnSync("unshare", ["-Urn", "sh", "-c", program, "sh", ...texts], { encoding: "utf8" });
  return error?.message ?? stderr.trim();
}

const noNamespaces = load("add table bridge probe\n");
const skip = noNamespaces === "" ? false : `this machine allows no namespaces with nft: ${noNamespaces}`;

test("nft of this machine takes both tables of a gateway, also twice", { skip }, () => {
  const { text: skeleton, more } = renderSkeleton({ ...gateway, refusal: "drop" });
  const routing = renderRouting(options).text;
  assert.equal(load(skeleton, more, routing, `flush table bridge cordon\n${skeleton}`, more, routing), "");
});

test("nft reads a gateway's text that uses reject, whatever the kernel says to it", { skip }, () => {
  assert.doesNotMatch(load(renderSkeleton({ ...gateway, refusal: "reset" }).text), /syntax error|conflicting/i);
});
