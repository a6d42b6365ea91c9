import { reflexBudgets } from "@cordon/contract";

/**
 * Misses as nft text: new targets that have not answered yet, by machine, in a few places each. The
 * kernel cannot count the elements of a set by machine, so each place is a set of its own, with the
 * machines that have it taken, and beside it which target they took it for.
 */

/** How long a target that does not answer takes a place. */
const missTimeoutMs = 60_000;

/** How many places there are: as many as any budget has. */
export const missPlaces = Math.max(...Object.values(reflexBudgets).map(({ misses }) => misses ?? 0));

const timeout = `${missTimeoutMs / 1000}s`;
const places = Array.from({ length: missPlaces }, (_, index) => `reflex_miss_${index + 1}`);

/** The condition that a machine has its first `count` places taken. New targets take the first that is free. */
export function missesTaken(count: number): string {
  return places
    .slice(0, count)
    .map((place) => `ether saddr @${place}`)
    .join(" ");
}

/**
 * Sets and chains for new targets: `reflex_pending` accepts one that has a place already, `reflex_miss` gives it
 * one, and `reflex_answer`, for what a target sends back, makes a known one of it. Whoever is held back also
 * does not repeat what was not answered, so a worm's last tries do not trickle on.
 */
export function missParts(maxPlaces: number, contacts: string): readonly string[] {
  return [
    ...places.flatMap((place) => [
      ...set(place, "ether_addr", maxPlaces),
      ...families.flatMap(([, suffix, type]) => set(`${place}_${suffix}`, `ether_addr . ${type}`, maxPlaces)),
    ]),
    "chain reflex_pending {",
    ...inEachPlace(([header, suffix], place) => `ether saddr . ${header} daddr @${place}_${suffix} accept`),
    "}",
    "chain reflex_miss {",
    ...inEachPlace(
      ([header, suffix], place) =>
        `meta protocol ${header} ether saddr != @${place} add @${place} { ether saddr } ` +
        `add @${place}_${suffix} { ether saddr . ${header} daddr } accept`,
    ),
    // Only where the sets are full, which there are too few places in the reflex for: then it goes by its rate alone.
    "\tgoto reflex_contact",
    "}",
    "chain reflex_answer {",
    ...inEachPlace(([header, suffix], place) => {
      const key = `ether daddr . ${header} saddr`;
      return (
        `${key} @${place}_${suffix} delete @${place}_${suffix} { ${key} } delete @${place} { ether daddr } ` +
        `update @${contacts}_${suffix} { ${key} }`
      );
    }),
    "}",
  ];
}

const families = [
  ["ip", 4, "ipv4_addr"],
  ["ip6", 6, "ipv6_addr"],
] as const;

function inEachPlace(rule: (family: (typeof families)[number], place: string) => string): string[] {
  return places.flatMap((place) => families.map((family) => `\t${rule(family, place)}`));
}

function set(name: string, type: string, size: number): string[] {
  return [`set ${name} {`, `\ttype ${type}`, `\tsize ${size}`, "\tflags dynamic,timeout", `\ttimeout ${timeout}`, "}"];
}
