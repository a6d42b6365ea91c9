import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { likelihoodMarkdown, likelihoodTable } from "./likelihood-table.ts";

const readme = new URL("../../README.md", import.meta.url);
const begin = "<!-- likelihoods: made by the test of likelihood-table.ts -->";
const end = "<!-- end of likelihoods -->";

/** Kinds that weigh nothing by themselves: they say what somebody else did. */
const explained = new Set(["mail-server-role", "behind-router", "line-down", "refused-by-us", "declared-duty"]);

test("the table of the documentation is the one that judges", () => {
  const text = readFileSync(readme, "utf8");
  const [before, rest] = text.split(begin);
  const [table, after] = (rest ?? "").split(end);
  assert.ok(before !== undefined && table !== undefined && after !== undefined, "the marks are gone");
  // A wanted change is recorded by running this once with the variable set, and formatting; a person reads the diff.
  if (process.env["CORDON_RECORD"] === "1") {
    writeFileSync(readme, `${before}${begin}\n\n${likelihoodMarkdown()}\n\n${end}${after}`);
    return;
  }
  assert.deepEqual(cells(table), cells(likelihoodMarkdown()));
});

test("every line that can stand in a ledger has a row with a source", () => {
  const folder = new URL(".", import.meta.url);
  const kinds = new Set<string>();
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts") || name.startsWith("likelihood")) continue;
    const text = readFileSync(new URL(name, folder), "utf8");
    for (const match of text.matchAll(/kind: "(?<kind>[a-z-]+)",/g)) kinds.add(match.groups?.["kind"] ?? "");
  }
  assert.ok(kinds.size > 15);
  const documented = new Set(likelihoodTable.map(({ kind }) => kind));
  assert.deepEqual([...kinds].filter((kind) => !documented.has(kind) && !explained.has(kind)).sort(), []);
  for (const { source, weight } of likelihoodTable) {
    assert.ok(source.length > 10);
    assert.ok(weight.length > 0 && weight.every(Number.isFinite));
  }
});

/** The words of each cell, however the columns are aligned. */
function cells(markdown: string): string[][] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|") && !/^\|[\s|:-]+$/.test(line));
  return lines.map((line) => line.split("|").map((cell) => cell.trim()));
}
