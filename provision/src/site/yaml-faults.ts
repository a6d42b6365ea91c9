/** What is no YAML, in the words of whoever wrote it: which field it is, and what to write. No value is repeated, for it may be a password. */
import { visit, type Document, type LineCounter, type YAMLError } from "yaml";
import { visible } from "./check-plan.ts";

interface Place {
  readonly code: YAMLError["code"];
  readonly message: string;
  /** Where it was noticed, in the whole text. */
  readonly at: number;
  /** The whole of that line. */
  readonly written: string;
  readonly text: string;
  readonly lineAt: (offset: number) => number;
  /** Of the field on this line; null where none is to be seen. */
  readonly key: string | null;
}

/** One for each line that has any: what follows from the first on it tells nothing more. */
export function yamlFaults(document: Document.Parsed, text: string, lines: LineCounter): string[] {
  const told = new Map<number, string>();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  for (const { code, message, pos } of document.errors) {
    const quoted = code === "MISSING_CHAR" ? openQuote(message, text) : null;
    const line = quoted ?? lineAt(pos[0]);
    const written = text.split("\n")[line - 1] ?? "";
    const key = /^[\s-]*["']?([\w.-]+)["']?\s*:(?:\s|$)/.exec(written)?.[1] ?? null;
    const first = code === "DUPLICATE_KEY" ? firstOf(document, pos[0]) : null;
    const words =
      first === null
        ? wordsOf({ code, message, at: pos[0], written, text, lineAt, key })
        : `stands here a second time, and first on line ${lineAt(first.at)}; leave one of the two out`;
    const field = first?.key ?? key;
    if (!told.has(line)) told.set(line, visible(`line ${line}${field === null ? "" : `, ${field}`}: ${words}`));
  }
  return [...told.entries()].toSorted(([a], [b]) => a - b).map(([, words]) => words);
}

function wordsOf(place: Place): string {
  const { code, message, at, written, text, key } = place;
  const quoted = `${key ?? "name"}: "…"`;
  switch (code) {
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return colonWords(written, key, quoted);
    case "MULTIPLE_DOCS":
      return "a second document begins here (---), and a file is one site's; make a file of each";
    case "TAB_AS_INDENT":
      return "it begins with a tab; write spaces";
    case "BAD_SCALAR_START":
      return `a value without quotes cannot begin with ${text[at]}; write ${quoted}`;
    case "BAD_DQ_ESCAPE":
      return "a backslash within double quotes means something else here; take single quotes, or write \\\\ for each";
    case "BAD_ALIAS":
    case "ALIAS_PROPS":
      return `a value without quotes cannot begin with & or *; write ${quoted}`;
    case "BAD_INDENT":
      return message.startsWith("Flow")
        ? "a bracket was opened here or above, and is not closed; close it by ] or }"
        : "it does not begin below its neighbours; begin all fields of one group at the same column";
    case "MISSING_CHAR":
      return missingWords(message, key);
    default:
      return unexpectedWords(message, written, quoted);
  }
}

function colonWords(written: string, key: string | null, quoted: string): string {
  if (key === null) return "here is no field with a colon and a space behind its name; write field: value";
  const value = written.slice(written.indexOf(":") + 1);
  return /:(\s|$)/.test(value)
    ? `there is a second colon in it; write the value in quotes, ${quoted}, or each field on a line of its own`
    : `the line below stands further in, and this field has a value already; begin both at the same column, or write ${quoted}`;
}

function missingWords(message: string, key: string | null): string {
  if (message.includes("quote"))
    return "a quote is opened here, and closed nowhere; close it, or put the value into quotes of the other kind";
  if (message.includes("without -"))
    return "it does not begin below its neighbours; begin all fields of one group at the same column";
  return key === null
    ? "here is no field with a colon and a space behind its name; write field: value"
    : "this cannot be read; write field: value, or each entry of a list on a line of its own, with - before it";
}

function unexpectedWords(message: string, written: string, quoted: string): string {
  if (message.includes("block-seq")) return "a list begins on the next line, with - before each entry";
  if (/flow-(map|seq)-end/.test(message))
    return "a bracket is closed here, and none was opened; write it at its other end, or leave it out";
  if (/:\s*["']/.test(written))
    return `something stands behind the closing quote; put all of it between two quotes, ${quoted}`;
  return "this cannot be read here; begin all fields of one group at the same column, each as field: value";
}

/** The first line on which quotes of this kind do not come in pairs; null where it is no quote that is missing. */
function openQuote(message: string, text: string): number | null {
  const quote = /closing (["'])/.exec(message)?.[1];
  if (quote === undefined) return null;
  const index = text.split("\n").findIndex((line) => line.split(quote).length % 2 === 0);
  return index === -1 ? null : index + 1;
}

/** Where a field of the same name stands before, in the same group. */
function firstOf(document: Document.Parsed, offset: number): { readonly key: string; readonly at: number } | null {
  let found: { readonly key: string; readonly at: number } | null = null;
  visit(document, {
    Map(_, { items }) {
      const keys = items.map(({ key }) => key as { readonly value?: unknown; readonly range?: readonly number[] });
      const again = keys.find(({ range }) => range?.[0] === offset);
      const first = keys.find(({ value }) => again !== undefined && value === again.value);
      if (first?.range?.[0] !== undefined) found = { key: String(first.value), at: first.range[0] };
    },
  });
  return found;
}
