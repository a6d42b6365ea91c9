/**
 * Writes the texts of the user interface and of the label that goes with a box into `languages/en.json`, for whoever translates them, and
 * says what the other languages there lack. With `--check` nothing is written, and it fails where
 * `en.json` is not what the source says, or another language holds what nothing shows or lacks what is shown.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { languageFrom } from "../../src/language/language-file.ts";
import { problemSources, reportSources } from "./report-sources.ts";
import { reportsIn } from "./reports-in.ts";
import { sourceFiles } from "./source-files.ts";
import { textsIn } from "./texts-in.ts";

const ui = join(dirname(fileURLToPath(import.meta.url)), "..");
const languages = join(ui, "languages");
const isCheck = process.argv.includes("--check");

const root = join(ui, "../..");
const texts = textsIn([...sourceFiles(join(ui, "src")), ...sourceFiles(join(root, "provision/src/label"))]);
const reports = new Set([...reportsIn(reportSources(root)), ...reportsIn(problemSources(root), "problems")]);
const sorted = [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1));
const sortedReports = [...reports].toSorted().map((pattern) => [pattern, pattern] as const);
const english = `${JSON.stringify({ language: "en", name: "English", texts: Object.fromEntries(sorted), reports: Object.fromEntries(sortedReports) }, null, 2)}\n`;

const faults: string[] = [];
const file = join(languages, "en.json");
if (!isCheck) writeFileSync(file, english);
else if (readFileSync(file, "utf8") !== english) faults.push("en.json is not what the source says: npm run languages");

for (const name of readdirSync(languages).filter((each) => each.endsWith(".json") && each !== "en.json")) {
  const held = JSON.parse(readFileSync(join(languages, name), "utf8")) as {
    readonly texts: Record<string, unknown>;
    readonly reports: Record<string, unknown>;
  };
  const language = languageFrom(held);
  if (language === null) {
    faults.push(`${name} is no language`);
    continue;
  }
  for (const key of Object.keys(held.texts)) {
    if (!texts.has(key)) faults.push(`${name}: nothing shows ${JSON.stringify(key)}`);
    else if (!language.texts.has(key)) faults.push(`${name}: not the places of ${JSON.stringify(key)}`);
  }
  // What nothing says any more, older boxes may still say.
  for (const key of Object.keys(held.reports)) {
    if (!language.reports.has(key)) faults.push(`${name}: not the places of ${JSON.stringify(key)}`);
  }
  for (const key of texts.keys()) if (!language.texts.has(key)) faults.push(`${name} lacks ${JSON.stringify(key)}`);
  const unknown = [...reports].filter((key) => !language.reports.has(key)).length;
  if (unknown > 0 && !isCheck) process.stdout.write(`${name}: ${unknown} of ${reports.size} reports stay in English\n`);
}
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
