import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { suite, test } from "node:test";
import { readFileSync } from "node:fs";
import { languageFrom } from "../../../controller/src/language/language-file.ts";
import type { LabelFacts } from "./facts.ts";
import type { Shape } from "./drawing.ts";
import { msgIn } from "./message.ts";
import { toPdf } from "./pdf.ts";
import { labelSheet, page, rightEdge } from "./sheet.ts";
import { toSvg } from "./svg.ts";
import { openTypeface, unprintable } from "./typeface.ts";

const typeface = openTypeface(fileURLToPath(new URL("../../fonts", import.meta.url)));

const german = languageFrom(
  JSON.parse(readFileSync(new URL("../../../controller/ui/languages/de.json", import.meta.url), "utf8")),
);
const msg = msgIn(null);

const facts: LabelFacts = {
  siteName: "Harbour Office",
  boxId: "harbour-office-1a2b3c4d",
  pin: "04718293",
  placement: "lan",
  ports: new Map(),
  carries: [],
  managementAddress: null,
  contacts: [],
  controller: { host: "cordon.example.net", port: 8883, fallbackPort: 443 },
  fingerprint: Array.from({ length: 32 }, () => "AB").join(":"),
  pages: Array.from({ length: 32 }, (_, index) => (index + 200).toString(16).toUpperCase()).join(":"),
  pageUrl: "https://cordon.example.net/sites/harbour-office-1a2b3c4d",
};

const word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const long: LabelFacts = {
  ...facts,
  siteName: `${word} Müller-Lüdenscheidt, Öztürk & Straßenbau mbH, Zweigstelle Königs Wusterhausen (Łódź) `
    .repeat(2)
    .trim(),
  boxId: "x".repeat(63),
  pin: null,
  ports: new Map([
    ["inside0", "02:00:5e:10:00:01"],
    ["outside0", "02:00:5e:10:00:02"],
    ["mgmt0", "02:00:5e:10:00:03"],
  ]),
  carries: ["PPPoE", "VLAN 4094"],
  managementAddress: "192.168.178.250/24",
  contacts: Array.from({ length: 3 }, () => ({
    name: word,
    phone: "+49 (30) 5550 1234 - 5678 / 9012 / 12345",
    email: `${"e".repeat(90)}@${"d".repeat(90)}.example`,
    for: "when the line is dead and nobody answers the telephone here",
  })),
  controller: { host: `${"long.".repeat(48)}example`, port: 65_535, fallbackPort: 65_535 },
};

/** Longer by a third than the German, with a long word in each text. */
const wordy = {
  texts: new Map(
    [...(german?.texts ?? [])].flatMap(([key, text]) =>
      typeof text === "string" ? [[key, `${text} ${text.slice(0, text.length / 3)} ${word.slice(0, 24)}`]] : [],
    ),
  ),
};

const textsOf = (shapes: readonly Shape[]) => shapes.filter((shape) => shape.kind === "text");

interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of the devices in the picture, and of the dots that say which plugs to join. */
function drawn(shapes: readonly Shape[]): Bounds[] {
  return shapes.flatMap((shape) => {
    if (shape.kind === "text") return [];
    const frame = /^M([\d.]+) ([\d.]+)H([\d.]+)Q[^V]*V([\d.]+)Q.*Z$/.exec(shape.d)?.map(Number);
    if (frame !== undefined) {
      const [, x = 0, top = 0, right = 0, bottom = 0] = frame;
      return [{ left: x - 3, right: right + 3, top, bottom: bottom + 3 }];
    }
    const dot = /^M([\d.]+) ([\d.]+)A4 4 /.exec(shape.d)?.map(Number);
    if (dot === undefined) return [];
    const [, left = 0, y = 0] = dot;
    return [{ left, right: left + 8, top: y - 4, bottom: y + 4 }];
  });
}

const isApart = (a: Bounds, b: Bounds) =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
const isWithin = (a: Bounds, b: Bounds) =>
  a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;

suite("the label fits its page, and no text runs into another or into a device:", () => {
  const english = { tongue: "English", language: null };
  const tongues = [english, { tongue: "German", language: german }];
  const told = [
    { name: "short names", of: facts, tongues: [...tongues, { tongue: "a language of long words", language: wordy }] },
    { name: "long names", of: long, tongues },
    {
      ...{ name: "long addresses", tongues },
      of: { ...long, contacts: long.contacts.map(({ name, email = "" }) => ({ name, email })) },
    },
    { name: "a code that leads nowhere", of: { ...long, pageUrl: null, pages: null }, tongues },
  ];
  const cases = (["lan", "wan", "gateway", "mirror", "auto"] as const).flatMap((placement) =>
    told.flatMap(({ name, of, tongues: each }) =>
      each.map((tongue) => ({ ...tongue, name, of: { ...of, placement } })),
    ),
  );
  for (const { name, of, tongue, language } of cases) {
    test(`${of.placement}, ${name}, ${tongue}`, () => {
      const shapes = labelSheet(typeface, of, msgIn(language));
      const boxes = textsOf(shapes).map((shape) => ({
        text: shape.text,
        left: shape.x,
        right: rightEdge(typeface, shape),
        // Of these letters the tall ones reach so high, and the tails so low.
        top: shape.y - shape.size * 0.72,
        bottom: shape.y + shape.size * 0.2,
      }));
      for (const { text, left, right, bottom } of boxes) {
        assert.ok(left >= 28 && right <= page.width - 28 && bottom <= page.height - 14, `${text} leaves the page`);
      }
      const devices = drawn(shapes);
      assert.ok(devices.length >= 3);
      for (const [index, a] of boxes.entries()) {
        for (const b of boxes.slice(index + 1)) assert.ok(isApart(a, b), `"${a.text}" runs into "${b.text}"`);
        for (const b of devices) assert.ok(isApart(a, b) || isWithin(a, b), `"${a.text}" runs into a device`);
      }
    });
  }
});

test("every text of it is in the shipped German, in letters that it has", () => {
  const missing: string[] = [];
  const asked = msgIn({
    texts: { get: (key: string) => (german?.texts.has(key) === true ? undefined : void missing.push(key)) } as never,
  });
  for (const placement of ["lan", "wan", "gateway", "mirror", "auto"] as const) {
    labelSheet(typeface, { ...facts, placement }, asked);
    labelSheet(typeface, { ...long, placement, pageUrl: null, pages: null }, asked);
    const written = textsOf(labelSheet(typeface, { ...long, placement }, msgIn(german))).map(({ text }) => text);
    assert.deepEqual(unprintable(typeface, written), []);
  }
  assert.deepEqual(missing, []);
  const text = textsOf(labelSheet(typeface, facts, msgIn(german)))
    .map((each) => each.text)
    .join(" ");
  assert.match(text, /Welcher Stecker wohin gehört.*Wen anrufen/);
  assert.match(text, /Controller: cordon\.example\.net, Port 8883 oder 443/);
});

test("umlauts are on it as they are written, and what the font lacks is no empty box", () => {
  const name = "Bäckerei Ångström, Łódź, Ελλάδα, Минск";
  const written = textsOf(labelSheet(typeface, { ...facts, siteName: `${name} 😀` }, msg))
    .map(({ text }) => text)
    .join(" ");
  assert.ok(written.includes(name));
  assert.doesNotMatch(written, /😀/u);
  assert.match(written, /· stands for a letter that this sheet cannot show\./);
  assert.deepEqual(unprintable(typeface, ["北京 office", "京"]), ["北", "京"]);
});

test("a long word of a name is set smaller before it is broken", () => {
  for (const name of [
    "Kreisstraßenverkehrssicherheitsbehörde",
    "Kreisstraßenverkehrssicherheitsbehörde Königs Wusterhausen",
  ]) {
    const texts = textsOf(labelSheet(typeface, { ...facts, siteName: name }, msg)).map(({ text }) => text);
    assert.ok(texts.some((text) => text.startsWith("Kreisstraßenverkehrssicherheitsbehörde")));
  }
});

test("a long address is on it whole", () => {
  const email = `${"e".repeat(60)}@${"d".repeat(60)}`;
  for (const [count, contact] of [
    [1, { name: "Anna", phone: "110", email }],
    [3, { name: "Anna", email }],
  ] as const) {
    const contacts = Array.from({ length: count }, () => contact);
    const texts = textsOf(labelSheet(typeface, { ...facts, contacts }, msg)).map(({ text }) => text);
    assert.ok(texts.join("").includes(email));
  }
});

test("who stands before it learns the PIN, whom to call, and which two plugs to join; of a mirror there are none", () => {
  const contacts = [{ name: "Anna Brandt", phone: "+49 30 5550 1234" }];
  const wordsOf = (placement: LabelFacts["placement"]) =>
    textsOf(labelSheet(typeface, { ...facts, placement, contacts }, msg))
      .map(({ text }) => text)
      .join(" ");
  assert.match(wordsOf("lan"), /PIN 0471 8293/);
  assert.match(wordsOf("lan"), /https:\/\/ADDRESS:8420/);
  assert.ok(wordsOf("lan").includes(`Its pages ${facts.pages}`));
  assert.doesNotMatch(wordsOf("gateway"), /https:|PIN|0471/);
  assert.match(wordsOf("lan"), /Anna Brandt \+49 30 5550 1234/);
  assert.match(wordsOf("lan"), /If the box dies: join these two plugs/);
  assert.doesNotMatch(wordsOf("mirror"), /join these two plugs|join the two plugs/);
  assert.match(wordsOf("gateway"), /Do not join the two plugs/);
});

test("it is printed as PDF on one page, and drawn as SVG that asks for nothing from outside", async () => {
  const shapes = labelSheet(typeface, facts, msg);
  const pdf = (await toPdf(typeface, shapes, { title: "Label", language: "de" })).toString("latin1");
  assert.match(pdf, /^%PDF-1\./);
  assert.equal(pdf.match(/\/Type \/Page\b/g)?.length, 1);
  const svg = toSvg(typeface, shapes, { title: `A <b> & "c"`, language: "de" });
  assert.match(svg, /<title>A &lt;b> &amp; &quot;c&quot;<\/title>/);
  assert.doesNotMatch(svg, /(href|src)="(?!#)|font-family|NaN|undefined/);
});
