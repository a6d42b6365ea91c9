import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { literalsIn } from "./literals-in.ts";
import { parsed, sourceFiles } from "./source-files.ts";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../src");
const label = join(here, "../../../provision/src/label");

/** The same in every language, or never on a page. */
const exempt =
  /^(Cordon|English|Enter|Esc|the controller does not answer|input, textarea, select|big act1|hosts bleed( virtual)?|row hl|cordon-controller backup restore --data DATA --input FILE|12px some|600 somepx some|(tcp|udp) some|some UTC|VLAN some)$/;

test("nothing that a page or the label of a box shows is outside of the language file", () => {
  // What writes the file tells whoever is at the terminal.
  const drawing = sourceFiles(label).filter(({ path }) => path !== "write-label.ts");
  const found = [...sourceFiles(source), ...drawing].flatMap(literalsIn).filter(({ text }) => !exempt.test(text));
  assert.deepEqual(found, []);
});

test("text is found between tags, in attributes that are read out, and in strings", () => {
  const text = `
    const tags = { none: "not in force", odd: words({ on: "in force" }) };
    const page = html\`<p class="btn pri" title="A title">Some text \${msg\`known\`}
      <b class=\${on ? "way on" : "way"} aria-label=\${\`Cut off \${name}\`}>\${plural(n, "{n} box", "{n} boxes")}</b></p>\`;
    if (kind === "Some Kind") throw new UiError("a-code", "No text of a page.");`;
  const found = literalsIn(parsed("some.ts", text)).map((each) => each.text);
  assert.deepEqual(found.toSorted(), ['"A title"', "Cut off some", "Some text", "not in force"].toSorted());
});
