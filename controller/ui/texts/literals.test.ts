import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { literalsIn } from "./literals-in.ts";
import { parsed, sourceFiles } from "./source-files.ts";

const source = join(dirname(fileURLToPath(import.meta.url)), "../src");

/** The same in every language, or never on a page. */
const exempt =
  /^(Cordon|English|Enter|Esc|the controller does not answer|input, textarea, select|big act1|hosts bleed( virtual)?|row hl|cordon-controller backup restore --data DATA --input FILE|12px some|600 somepx some|(tcp|udp) some|some UTC)$/;

test("nothing that a page shows is outside of the language file", () => {
  const found = sourceFiles(source)
    .flatMap(literalsIn)
    .filter(({ text }) => !exempt.test(text));
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
