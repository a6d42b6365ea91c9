import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { suite, test } from "node:test";
import type { LabelFacts } from "./facts.ts";
import type { Shape } from "./drawing.ts";
import { toPdf } from "./pdf.ts";
import { labelSheet, page, rightEdge } from "./sheet.ts";
import { toSvg } from "./svg.ts";
import { openTypeface, unprintable } from "./typeface.ts";

const typeface = openTypeface(fileURLToPath(new URL("../../fonts", import.meta.url)));

const facts: LabelFacts = {
  siteName: "Harbour Office",
  boxId: "harbour-office-1a2b3c4d",
  pin: "04718293",
  placement: "lan",
  ports: new Map(),
  carries: "",
  managementAddress: null,
  contacts: [],
  controller: "cordon.example.net, port 8883 or 443",
  fingerprint: Array.from({ length: 32 }, () => "AB").join(":"),
  pages: Array.from({ length: 32 }, (_, index) => (index + 200).toString(16).toUpperCase()).join(":"),
  code: { text: "https://cordon.example.net/sites/harbour-office-1a2b3c4d", leadsTo: "Opens this site." },
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
  carries: "PPPoE, VLAN 4094",
  managementAddress: "192.168.178.250/24",
  contacts: Array.from({ length: 3 }, () => ({
    name: word,
    phone: "+49 (30) 5550 1234 - 5678 / 9012 / 12345",
    email: `${"e".repeat(90)}@${"d".repeat(90)}.example`,
    for: "when the line is dead and nobody answers the telephone here",
  })),
  controller: `${"long.".repeat(48)}example, port 65535 or 65535`,
};

const textsOf = (shapes: readonly Shape[]) => shapes.filter((shape) => shape.kind === "text");

suite("the label fits its page and no text runs into another:", () => {
  for (const placement of ["lan", "wan", "gateway", "mirror", "auto"] as const) {
    for (const [name, told] of [
      ["short names", facts],
      ["long names", long],
      ["long addresses", { ...long, contacts: long.contacts.map(({ name, email = "" }) => ({ name, email })) }],
    ] as const) {
      test(`${placement}, ${name}`, () => {
        const texts = textsOf(labelSheet(typeface, { ...told, placement }));
        const boxes = texts.map((shape) => ({
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
        for (const [index, a] of boxes.entries()) {
          for (const b of boxes.slice(index + 1)) {
            const isApart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
            assert.ok(isApart, `"${a.text}" runs into "${b.text}"`);
          }
        }
      });
    }
  }
});

test("umlauts are on it as they are written, and what the font lacks is no empty box", () => {
  const name = "Bäckerei Ångström, Łódź, Ελλάδα, Минск";
  const written = textsOf(labelSheet(typeface, { ...facts, siteName: `${name} 😀` }))
    .map(({ text }) => text)
    .join(" ");
  assert.ok(written.includes(name));
  assert.doesNotMatch(written, /😀/u);
  assert.match(written, /· stands for a letter that this sheet cannot show\./);
  assert.deepEqual(unprintable(typeface, ["北京 office", "京"]), ["北", "京"]);
});

test("a long address is on it whole", () => {
  const email = `${"e".repeat(60)}@${"d".repeat(60)}`;
  for (const [count, contact] of [
    [1, { name: "Anna", phone: "110", email }],
    [3, { name: "Anna", email }],
  ] as const) {
    const contacts = Array.from({ length: count }, () => contact);
    const texts = textsOf(labelSheet(typeface, { ...facts, contacts })).map(({ text }) => text);
    assert.ok(texts.join("").includes(email));
  }
});

test("who stands before it learns the PIN, whom to call, and which two plugs to join; of a mirror there are none", () => {
  const contacts = [{ name: "Anna Brandt", phone: "+49 30 5550 1234" }];
  const wordsOf = (placement: LabelFacts["placement"]) =>
    textsOf(labelSheet(typeface, { ...facts, placement, contacts }))
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
  const shapes = labelSheet(typeface, facts);
  const pdf = (await toPdf(typeface, shapes, "Label")).toString("latin1");
  assert.match(pdf, /^%PDF-1\./);
  assert.equal(pdf.match(/\/Type \/Page\b/g)?.length, 1);
  const svg = toSvg(typeface, shapes, `A <b> & "c"`);
  assert.match(svg, /<title>A &lt;b> &amp; &quot;c&quot;<\/title>/);
  assert.doesNotMatch(svg, /(href|src)="(?!#)|font-family|NaN|undefined/);
});
