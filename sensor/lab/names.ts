import { chance, pick, wholeBetween, type Random } from "./random.ts";

/*
 * Words of which names are made. All domains end in the names that RFC 2606 keeps free, so that
 * nobody's real name appears in a recording.
 */

const firstWords = [
  "alder",
  "amber",
  "arctic",
  "aspen",
  "birch",
  "bramble",
  "bright",
  "cedar",
  "cinder",
  "clear",
  "cobalt",
  "copper",
  "coral",
  "crimson",
  "delta",
  "eager",
  "ember",
  "falcon",
  "fern",
  "flint",
  "fox",
  "garnet",
  "glass",
  "golden",
  "granite",
  "harbour",
  "hazel",
  "heron",
  "indigo",
  "iron",
  "ivory",
  "jade",
  "juniper",
  "kestrel",
  "lark",
  "linden",
  "lunar",
  "maple",
  "marble",
  "meadow",
  "misty",
  "noble",
  "north",
  "oak",
  "olive",
  "onyx",
  "opal",
  "otter",
  "pebble",
  "pine",
  "quartz",
  "quiet",
  "raven",
  "river",
  "rowan",
  "ruby",
  "saffron",
  "sage",
  "silver",
  "slate",
  "spruce",
  "summit",
  "swift",
  "thistle",
  "timber",
  "tidal",
  "upland",
  "velvet",
  "violet",
  "walnut",
  "willow",
  "winter",
  "wren",
  "zephyr",
] as const;
const secondWords = [
  "bakery",
  "bank",
  "books",
  "bridge",
  "care",
  "clinic",
  "cloud",
  "craft",
  "dental",
  "design",
  "edge",
  "energy",
  "farm",
  "foods",
  "forge",
  "freight",
  "gallery",
  "garden",
  "goods",
  "group",
  "hotel",
  "house",
  "insure",
  "labs",
  "legal",
  "line",
  "mail",
  "market",
  "media",
  "motors",
  "news",
  "optics",
  "paper",
  "parts",
  "pharma",
  "point",
  "press",
  "print",
  "school",
  "shop",
  "soft",
  "sports",
  "studio",
  "supply",
  "systems",
  "tech",
  "tiles",
  "tools",
  "trade",
  "travel",
  "vets",
  "weather",
  "wines",
  "works",
] as const;
const people = [
  "ada",
  "agnes",
  "amir",
  "anna",
  "ben",
  "carla",
  "chen",
  "clara",
  "david",
  "dora",
  "elif",
  "emil",
  "eva",
  "farid",
  "fiona",
  "frank",
  "greta",
  "hanna",
  "hugo",
  "ida",
  "ines",
  "ivan",
  "jonas",
  "judith",
  "karim",
  "kim",
  "lara",
  "leo",
  "lina",
  "maja",
  "marco",
  "mia",
  "nadia",
  "nils",
  "nora",
  "olga",
  "omar",
  "oskar",
  "paula",
  "pavel",
  "petra",
  "rosa",
  "ruth",
  "samir",
  "sara",
  "selma",
  "tara",
  "theo",
  "tom",
  "ulla",
  "vera",
  "viktor",
  "wanda",
  "yusuf",
  "zoe",
] as const;
const families = [
  "abel",
  "adler",
  "baker",
  "berg",
  "blum",
  "carter",
  "cole",
  "costa",
  "dahl",
  "dietz",
  "evans",
  "falk",
  "fischer",
  "garcia",
  "graf",
  "hahn",
  "holm",
  "ivers",
  "jansen",
  "kaya",
  "keller",
  "kovacs",
  "lang",
  "lind",
  "marsh",
  "meyer",
  "moreau",
  "nagy",
  "novak",
  "olsen",
  "park",
  "petrov",
  "quinn",
  "reed",
  "rossi",
  "sato",
  "silva",
  "stone",
  "thorn",
  "vogel",
  "wagner",
  "weber",
  "wolf",
  "young",
  "zeller",
] as const;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** A registered domain that was not used before. */
export function drawDomain(random: Random, used: Set<string>): string {
  for (;;) {
    const dash = chance(random, 0.4) ? "-" : "";
    const ending = chance(random, 0.8) ? "example" : "test";
    const domain = `${pick(random, firstWords)}${dash}${pick(random, secondWords)}.${ending}`;
    if (!used.has(domain)) {
      used.add(domain);
      return domain;
    }
  }
}

/** The part before the @ of somebody's address. */
export function drawMailbox(random: Random): string {
  const first = pick(random, people);
  const family = pick(random, families);
  const number = wholeBetween(random, [1, 99]);
  return pick(random, [
    first,
    `${first}.${family}`,
    `${first[0]}${family}`,
    `${family}${number}`,
    `${first}_${family}`,
  ]);
}

/** Somebody's name as it stands before an address. */
export function drawPerson(random: Random): string {
  const capital = (word: string): string => word[0]?.toUpperCase() + word.slice(1);
  return `${capital(pick(random, people))} ${capital(pick(random, families))}`;
}

/** Random capitals and digits, as installers give to machines. */
export function drawCode(random: Random, length: number): string {
  return Array.from({ length }, () => letters[Math.floor(random.next() * letters.length)]).join("");
}

/** A machine's name as its user or installer gave it. */
export function drawMachineName(random: Random): string {
  return pick(random, [
    `DESKTOP-${drawCode(random, 7)}`,
    `LAPTOP-${drawCode(random, 8)}`,
    `${pick(random, people)}-pc`,
    `${pick(random, ["front", "back", "sales", "desk", "till", "store"])}-${pick(random, people)}`,
  ]);
}

/** A few words for subjects and texts. */
export function drawWords(random: Random, count: number): string {
  return Array.from({ length: count }, (_, index) => pick(random, index % 2 === 0 ? firstWords : secondWords)).join(
    " ",
  );
}
