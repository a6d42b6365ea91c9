import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { selection, type SelectionRule } from "../capture/selection.ts";
import { renderSkeleton, renderSkeletons, type SkeletonOptions } from "./skeleton.ts";

/** One rule of each kind of match, with keys of every shape. */
const example: readonly SelectionRule[] = [
  {
    name: "syn",
    match: { kind: "tcp", mask: 0x17, value: 0x02 },
    key: ["source", "destination", "destination-port"],
    perMinute: 6,
    burst: 5,
    snapLength: 96,
  },
  {
    name: "refusal",
    match: { kind: "tcp", mask: 0x04, value: 0x04, sequence: 0 },
    key: ["source", "source-port"],
    perMinute: 6,
    burst: 5,
    snapLength: 96,
  },
  {
    name: "smtp",
    match: { kind: "tcp-payload", ports: [25, 587], starts: ["EHLO", "MAIL"] },
    key: ["source", "destination", "destination-port"],
    perMinute: 30,
    burst: 20,
    snapLength: 256,
  },
  {
    name: "icmp-error",
    match: { kind: "icmp-error" },
    key: ["destination"],
    perMinute: 600,
    burst: 200,
    snapLength: 160,
  },
  { name: "dns", match: { kind: "udp", ports: [53] }, key: ["mac"], perMinute: 1200, burst: 300, snapLength: 1500 },
  {
    name: "odd-flags",
    match: { kind: "tcp", mask: 0x16, value: 0 },
    orMatch: { kind: "tcp", mask: 0x03, value: 0x03 },
    key: ["source"],
    perMinute: 6,
    burst: 2,
    snapLength: 96,
  },
  {
    name: "ping",
    match: { kind: "ping" },
    key: ["source", "destination"],
    perMinute: 6,
    burst: 2,
    snapLength: 96,
    chargedTo: "pair",
  },
  {
    name: "udp-flood",
    match: { kind: "any-udp" },
    key: ["source", "destination"],
    beyond: { perSecond: 500, burst: 1000 },
    perMinute: 12,
    burst: 3,
    snapLength: 96,
    isPlainOnly: true,
  },
  {
    name: "udp",
    match: { kind: "any-udp" },
    key: ["source", "destination", "destination-port"],
    perMinute: 2,
    burst: 2,
    snapLength: 96,
    chargedTo: "pair",
  },
  { name: "neighbour", match: { kind: "neighbour" }, key: ["mac"], perMinute: 60, burst: 30, snapLength: 96 },
  { name: "arp", match: { kind: "arp" }, key: ["mac"], perMinute: 600, burst: 300, snapLength: 64 },
];

const options: SkeletonOptions = { selection: example, logGroup: 71, outsidePort: "out0", refusal: "drop" };
const reset = "reset" as const;

for (const refusal of ["drop", reset] as const) {
  test(`the text with refusal ${refusal} is the recorded one`, async () => {
    const file = new URL(`../../test/data/skeleton-${refusal}.nft`, import.meta.url);
    const skeleton = renderSkeleton({ ...options, refusal });
    const text = `${skeleton.text}${skeleton.more}`;
    // A wanted change is recorded by running this once with the variable set; the diff is then read by a person.
    if (process.env["CORDON_RECORD"] === "1") await writeFile(file, text);
    assert.equal(text, await readFile(file, "utf8"));
  });
}

test("the version changes with anything that changes the text, and with nothing else", () => {
  const { version } = renderSkeleton(options);
  assert.equal(renderSkeleton({ ...options, selection: structuredClone(example) }).version, version);
  assert.notEqual(renderSkeleton({ ...options, logGroup: 72 }).version, version);
  assert.notEqual(renderSkeleton({ ...options, refusal: reset }).version, version);
  const [first, ...rest] = example;
  assert.ok(first !== undefined);
  assert.notEqual(renderSkeleton({ ...options, selection: [{ ...first, burst: 6 }, ...rest] }).version, version);
});

test("both renderings hold the same sets and counters, resets before drops", () => {
  const [first, second] = renderSkeletons({ selection, logGroup: 71, outsidePort: "out0" });
  assert.deepEqual([first.refusal, second.refusal], ["reset", "drop"]);
  assert.deepEqual([first.handedUp, first.heldBack], [second.handedUp, second.heldBack]);
  // What the drops do is in both word for word: resets only come before them.
  const forward = (text: string) => text.slice(text.indexOf("\tchain enforce {"));
  assert.equal(forward(first.text), forward(second.text));
});

test("every rule of the selection has its counters, and stopped ones have names of their own", () => {
  const { handedUp, heldBack, text, more } = renderSkeleton({ ...options, selection });
  const names = ["stopped-syn", "stopped-udp", "stopped-icmp", "stopped-portal", ...selection.map(({ name }) => name)];
  assert.deepEqual([...handedUp.keys()], names);
  assert.deepEqual([...heldBack.keys()], names);
  for (const counter of [...handedUp.values(), ...heldBack.values()]) {
    assert.ok(`${text}${more}`.includes(`counter ${counter} {`));
  }
});

/**
 * Loads texts one after the other in a namespace of its own; what nft said, empty where it took them. Not in one
 * transaction: what a namespace's netlink socket takes at once is little more than one table.
 */
function load(...texts: readonly string[]): string {
  const program = 'for text; do printf %s "$text" | nft -f - || exit; done';
  const { stderr, error } = spawnSync("unshare", ["-Urn", "sh", "-c", program, "sh", ...texts], { encoding: "utf8" });
  return error?.message ?? stderr.trim();
}

const noNamespaces = load("add table bridge probe\n");
const skip = noNamespaces === "" ? false : `this machine allows no namespaces with nft: ${noNamespaces}`;
const rejecting = `table bridge probe {
	chain c {
		type filter hook prerouting priority 0;
		meta l4proto tcp reject with tcp reset
	}
}
`;

test("nft of this machine takes the text, also twice", { skip }, () => {
  const { text, more } = renderSkeleton({ ...options, selection });
  assert.equal(load(text, more), "");
  assert.equal(load(text, more, `flush table bridge cordon\n${text}`, more), "");
});

test(
  "nft takes what comes after the text of a line outside the router, also twice, and none of it is too long",
  { skip },
  () => {
    const { text, more } = renderSkeleton({ ...options, selection, isOutsideRouter: true });
    assert.equal(load(text, more, `flush table bridge cordon\n${text}`, more), "");
  },
);

test("nft reads the text that uses reject, whatever the kernel says to it", { skip }, () => {
  assert.doesNotMatch(
    load(renderSkeleton({ ...options, selection, refusal: reset }).text),
    /syntax error|conflicting/i,
  );
});

test("no rule looks for the protocol in the Ethernet header, where behind a tag the tag's own stands", { skip }, () => {
  const standings = [
    { outsidePort: "out0" },
    { outsidePort: "out0", isOutsideRouter: true },
    { outsidePort: null },
  ] as const;
  const program = 'nft --debug=netlink -f "$1/text" && nft --debug=netlink -f "$1/more"';
  for (const standing of standings) {
    const { text, more } = renderSkeleton({ ...options, ...standing, selection });
    const folder = mkdtempSync(join(tmpdir(), "cordon-skeleton-"));
    writeFileSync(join(folder, "text"), text);
    writeFileSync(join(folder, "more"), more);
    const { stdout, stderr } = spawnSync("unshare", ["-Urn", "sh", "-c", program, "sh", folder], {
      encoding: "utf8",
      maxBuffer: 64 << 20,
    });
    rmSync(folder, { recursive: true });
    const rules = `${stdout}${stderr}`.split("\n\n").filter((rule) => rule.includes("@ link header + 12"));
    // But those that are about the tag itself.
    const others = rules.filter((rule) => !/^bridge cordon (leak_|barrier_)?two_tags\s/m.test(rule));
    assert.deepEqual(others, []);
    assert.ok(rules.length > 0, "nothing was looked at");
  }
});

const noReject = skip !== false ? skip : load(rejecting) === "" ? false : "this kernel has no reject in family bridge";

test("a kernel with reject in family bridge takes the text that uses it", { skip: noReject }, () => {
  assert.equal(load(renderSkeleton({ ...options, selection, refusal: reset }).text), "");
});
