import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { languageFrom } from "../../../src/language/language-file.ts";
import { formatTag, msg, onLanguage, plural, rich, useLanguage, words } from "./message.ts";

const tags = words({ none: "not in force", deep: [{ label: "No end", hours: null }] });

const cut = (name: string): string => msg`Cut off ${name}…`;
const machines = (n: number): string => plural(n, "{n} machine", "{n} machines");

function use(texts: Readonly<Record<string, unknown>>, language = "de"): void {
  useLanguage(languageFrom({ language, name: "Some", texts }));
}

afterEach(() => useLanguage(null));

test("what is not translated is in English, with its values in place", () => {
  const english = [cut("DESK-07"), machines(1), machines(2310), tags.none, tags.deep[0]?.label];
  assert.deepEqual(english, ["Cut off DESK-07…", "1 machine", "2,310 machines", "not in force", "No end"]);
  use({});
  assert.deepEqual(
    [cut("A"), machines(1), machines(0), tags.none],
    ["Cut off A…", "1 machine", "0 machines", "not in force"],
  );
});

test("a language's own order and words take the place of the English ones, tables included, and back", () => {
  use({ "{0} of {1} infected": "von {1} sind {0} befallen", "not in force": "nicht in Kraft", "No end": "Ohne Ende" });
  const scope = () => msg`${3} of ${24} infected`;
  assert.equal(scope(), "von 24 sind 3 befallen");
  assert.deepEqual([tags.none, tags.deep[0]?.label, tags.deep[0]?.hours], ["nicht in Kraft", "Ohne Ende", null]);
  useLanguage(null);
  assert.deepEqual([scope(), tags.none], ["3 of 24 infected", "not in force"]);
});

test("a count takes the form that its language has for it, and its digits", () => {
  use({ "{n} machines": { one: "{n} maszyna", few: "{n} maszyny", many: "{n} maszyn", other: "{n} maszyny" } }, "pl");
  assert.deepEqual([1, 2, 5, 22].map(machines), ["1 maszyna", "2 maszyny", "5 maszyn", "22 maszyny"]);
  use({ "{n} machines": { one: "ein Gerät", other: "{n} Geräte" } });
  assert.deepEqual([1, 2310].map(machines), ["ein Gerät", "2.310 Geräte"]);
  // In French nothing is one as well; the English form of nothing is not.
  use({}, "fr");
  assert.equal(machines(0), "0 machines");
});

test("one wording of two meanings is told apart by what follows the slashes, which is never shown", () => {
  const texts = () => [msg`Open`, msg`Open // of a way`];
  assert.deepEqual(texts(), ["Open", "Open"]);
  use({ Open: "Öffnen", "Open // of a way": "Offen" });
  assert.deepEqual(texts(), ["Öffnen", "Offen"]);
});

test("parts of a page keep their place in a text", () => {
  const part = { some: "template" };
  use({ "Since {0}, {1}.": "{1}, seit {0}." });
  assert.deepEqual(rich`Since ${part}, ${"cut"}.`, ["", "cut", ", seit ", part, "."]);
});

test("whoever shows texts is told of another language until it looks away", () => {
  let told = 0;
  const off = onLanguage(() => told++);
  use({}, "de-AT");
  assert.equal(formatTag(), "de-AT");
  off();
  useLanguage(null);
  assert.deepEqual([told, formatTag()], [1, "en-GB"]);
});

test("an entry that does not fit is left out, and English stays", () => {
  use({
    "Cut off {0}…": "Abschneiden…",
    "not in force": 7,
    "No end": "",
    "{n} machines": { one: "ein {0}", other: "{n} Geräte" },
    __proto__: { polluted: "yes" },
  });
  assert.deepEqual([cut("A"), tags.none, tags.deep[0]?.label], ["Cut off A…", "not in force", "No end"]);
  assert.deepEqual([machines(1), machines(2)], ["1 Geräte", "2 Geräte"]);
  assert.equal(({} as { readonly polluted?: string }).polluted, undefined);
  use({ "{n} machines": { one: "ein Gerät" }, "Cut off {0}…": "{0} und {1}" });
  assert.deepEqual([machines(1), cut("A")], ["1 machine", "Cut off A…"]);
});

test("a file that is no language is none", () => {
  const files: readonly unknown[] = [
    null,
    "de",
    [],
    {},
    { language: "de" },
    { language: "not a tag", name: "X", texts: {} },
  ];
  for (const file of files) assert.equal(languageFrom(file), null);
  assert.equal(languageFrom({ language: "de-at", name: "X", texts: [] })?.language, "de-AT");
});
