/**
 * Who made a network card, by its MAC. The source is `oui-data`, which is the registry of the IEEE (blocks of 24, 28 and
 * 36 bits) as one JSON file: published anew as the registry grows, BSD-2-Clause, without dependencies. It stands in
 * the controller and not in the sensor, for only people read it: 5.6 MB of makers belong neither into the firmware's
 * bundle nor before the judge, which must not take a card's maker for what the machine does.
 */
import { readFileSync } from "node:fs";
import { isLocallyAdministered } from "@cordon/contract";

/** The maker of the card with this MAC; null where nobody is registered, or the MAC was made up. */
export type VendorOf = (mac: string) => string | null;

/** Hex digits of the blocks that the registry gives, the smallest block first. */
const blockDigits = [9, 7, 6] as const;

/** Reads the registry when it is asked first, in some tens of milliseconds: nobody waits for it who never looks. */
export function openVendorBook(): VendorOf {
  let book: Readonly<Record<string, string>> | null = null;
  return (mac) => {
    if (isLocallyAdministered(mac)) return null;
    book ??= JSON.parse(readFileSync(new URL(import.meta.resolve("oui-data")), "utf8")) as Record<string, string>;
    return vendorIn(book, mac);
  };
}

function vendorIn(book: Readonly<Record<string, string>>, mac: string): string | null {
  const digits = mac.replaceAll(":", "").toUpperCase();
  for (const length of blockDigits) {
    // Name and postal address, a line each.
    const entry = book[digits.slice(0, length)];
    if (entry !== undefined) return briefly(entry.split("\n", 1)[0] ?? "");
  }
  return null;
}

const legalForm =
  /[\s,.]+(?:(?:co|corp|corporation|corporate|company|incorporated|inc|ltd|limited|llc|gmbh|ag|ab|oy|bv|sa|srl|spa|plc|pte|pty|kg|s\.?a\.?s|international|holdings|technologies|technology|systems|trading)\b[.,]*|\([^)]*\))\s*$/i;

/** A company's name without its legal form: "Brother Industries, LTD." is Brother Industries. */
function briefly(name: string): string | null {
  let brief = name.replaceAll(/[^\x20-\x7e]/g, "").trim();
  for (let shorter = brief.replace(legalForm, ""); shorter !== brief && shorter.length > 1;) {
    brief = shorter;
    shorter = brief.replace(legalForm, "");
  }
  if (brief === "" || brief.toLowerCase() === "private") return null;
  // What is shouted is said; a name of a few letters may be an abbreviation.
  return brief.replaceAll(/[A-Z]{5,}/g, (word) => word.charAt(0) + word.slice(1).toLowerCase());
}
