import { remedyNamePattern, type RemediesWish } from "@cordon/contract";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { msg, plural } from "../language/message.ts";

/** One entry a line, as it is edited: the name or address, then its ports where it does not have the usual ones. */
export function remedyLines(
  entries: readonly (RemediesWish["names"][number] | RemediesWish["addresses"][number])[],
): string {
  return entries
    .map((entry) => ["name" in entry ? entry.name : entry.address, ...(entry.ports ?? [])].join(" "))
    .join("\n");
}

/** What the lines say; `wrong` holds those that say nothing. */
export function parseRemedies(text: string): {
  readonly names: RemediesWish["names"];
  readonly addresses: RemediesWish["addresses"];
  readonly wrong: readonly string[];
} {
  const names: RemediesWish["names"] = [];
  const addresses: RemediesWish["addresses"] = [];
  const wrong: string[] = [];
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "") continue;
    const [what = "", ...rest] = line.split(/[\s,]+/);
    const numbers = rest.map(Number);
    const areFit =
      numbers.length <= 8 && numbers.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535);
    const ports = numbers.length === 0 ? {} : { ports: numbers };
    const name = what.toLowerCase();
    if (!areFit) wrong.push(line);
    else if (isAddress(what)) addresses.push({ address: what, ...ports });
    else if (new RegExp(remedyNamePattern).test(name) && name.length <= 253) names.push({ name, ...ports });
    else wrong.push(line);
  }
  return { names, addresses, wrong };
}

function isAddress(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return text.split(".").every((part) => Number(part) <= 255);
  return text.includes(":") && /^[0-9a-fA-F:.]{2,45}$/.test(text);
}

/** What holds for every machine that is cut off: "The shipped names of updates and virus scanners, and 2 of your own." */
export function keepsWords({ keeps }: Pick<SiteView, "keeps">): string {
  const { shipped, names, addresses } = keeps.remedies;
  const own = names.length + addresses.length;
  if (shipped) {
    if (own === 0) return msg`The shipped names of updates and virus scanners.`;
    return plural(
      own,
      "The shipped names of updates and virus scanners, and {n} entry of your own.",
      "The shipped names of updates and virus scanners, and {n} entries of your own.",
    );
  }
  return own === 0
    ? msg`Nothing but addresses and names: no update, no virus scanner.`
    : plural(own, "{n} entry of your own, and no shipped ones.", "{n} entries of your own, and no shipped ones.");
}

/** What one cut-off machine reaches now, the most used first. */
export function openFor({ remedies }: Pick<SiteView, "remedies">, host: Pick<HostView, "mac">) {
  return (remedies?.open ?? []).filter((each) => each.host === host.mac).toSorted((a, b) => b.packets - a.packets);
}
