import { vectorElement } from "../src/containment/containment-elements.ts";
import { keysOf, noElements } from "../src/containment/element-sets.ts";
import { storedFormats } from "../src/containment/stored-elements.ts";

/** The port of the vector that is shut. */
const vectorPort = 445;

/** What a netlink socket of a user namespace takes in one transaction, with room to spare. */
const atOnce = 1_000;

/**
 * Texts that put so many addresses into the sets of the skeleton, to be loaded one after the other: of
 * each two addresses, one is quarantined, which takes an element in two sets, and one has a vector shut.
 * Half and half, 100,000 fit into sets of 65,536. None of them is of a machine that sends.
 */
export function containedTexts(count: number): readonly string[] {
  return Array.from({ length: Math.ceil(count / atOnce) }, (_, part) =>
    containedText(part * atOnce, Math.min(count, (part + 1) * atOnce)),
  );
}

function containedText(from: number, to: number): string {
  const macs = Array.from({ length: to - from }, (_, index) => macOf(from + index));
  return storedFormats.cuts.render({
    ...noElements,
    quarantine_from: keysOf(macs.filter((_, index) => index % 2 === 0)),
    vector_from: keysOf(macs.filter((_, index) => index % 2 === 1).map((mac) => vectorElement(mac, vectorPort))),
  });
}

/** A locally administered MAC, all different and far apart: the odd factor makes it a permutation of 32 bits. */
function macOf(index: number): string {
  const digits = (Math.imul(index + 1, 0x9e37_79b1) >>> 0).toString(16).padStart(8, "0");
  return ["02", "c0", ...(digits.match(/../g) ?? [])].join(":");
}
