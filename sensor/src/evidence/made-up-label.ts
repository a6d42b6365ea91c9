/** Shorter ones are abbreviations. */
const shortest = 8;
/** In longer ones two words meet, at which any letters may. */
const longFrom = 14;

const vowels = /[aeiouy]/gu;
const consonants = /[b-df-hj-np-tv-xz]{5}/u;
/** Neighbours that are no rarity where words are spelt. */
const usualPairs: ReadonlySet<string> = new Set("ck cd db pd gb pc pg gd dm pp mb nf nb nh ml".split(" "));

/**
 * Whether the label of a domain looks drawn by chance and not made of words, syllables or initials: letters stand side by
 * side that words do not join, with hardly a vowel, or letters and digits take turns. Of names that people gave to their
 * programs 3 % look so, and 8 % of those that join several; of eight to sixteen random letters three in four.
 */
export function isMadeUp(label: string): boolean {
  if (label.length < shortest || !/^[a-z0-9]+$/u.test(label)) return false;
  const letters = label.replaceAll(/[0-9]/gu, "");
  const share = (letters.match(vowels)?.length ?? 0) / letters.length;
  const turns = turnsOf(label);
  let oddities = oddPairsOf(letters);
  if (consonants.test(letters)) oddities += 1;
  if (letters.length >= shortest && (share < 0.2 || share > 0.7)) oddities += 1;
  if (turns >= 3) oddities += 1;
  if (turns >= 5) oddities += 1;
  return oddities >= (label.length < longFrom ? 2 : 3);
}

/** How often a digit follows a letter or a letter a digit. */
function turnsOf(label: string): number {
  let turns = 0;
  for (let index = 1; index < label.length; index += 1) {
    if (isDigit(label, index) !== isDigit(label, index - 1)) turns += 1;
  }
  return turns;
}

function oddPairsOf(letters: string): number {
  let odd = 0;
  for (let index = 1; index < letters.length; index += 1) {
    if (isOddPair(letters[index - 1] ?? "", letters[index] ?? "")) odd += 1;
  }
  return odd;
}

function isOddPair(one: string, other: string): boolean {
  if (one === "q") return other !== "u";
  if ("jqx".includes(other)) return !"aeiouyn".includes(one);
  if ("jxvwz".includes(one)) return !"aeiouyhrslz".includes(other);
  if ("vwzk".includes(other)) return !"aeiouynlrstckdo".includes(one);
  if (usualPairs.has(one + other)) return false;
  if ("bcdfgkp".includes(one) && "bcdfgkpm".includes(other)) return one !== other;
  return "hmn".includes(one) && "hfvwlrbq".includes(other);
}

function isDigit(label: string, index: number): boolean {
  return label.charCodeAt(index) < 0x3a;
}
