import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { LineCounter, parseDocument, visit, type Document } from "yaml";
import { ProvisionError } from "../errors.ts";
import { checkPlan, faultLine, visible } from "./check-plan.ts";
import type { Fault } from "./shape-faults.ts";
import type { SitePlan } from "./site-plan.ts";
import { yamlFaults } from "./yaml-faults.ts";

// A site of 64 areas and 1000 machines is far smaller.
const maxBytes = 512 * 1024;

/**
 * Reads a site file, YAML 1.2 or JSON. Throws `site-unreadable`, or `site-invalid` with every fault on a line of its own: where it
 * stands, which field it is, what stands there and what may.
 *
 * @param now epoch milliseconds
 */
export async function readSite(file: string, now: number): Promise<SitePlan> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new ProvisionError("site-unreadable", `cannot read the site file: ${(cause as Error).message}`, { cause });
  }
  return parseSite(file, textOf(file, bytes), now);
}

/** What editors of another time or system write is told by its line, and never guessed. */
function textOf(file: string, bytes: Buffer): string {
  if (bytes.includes(0)) throw invalid(file, ["it is UTF-16, or no text at all; save it as UTF-8"]);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Each byte is a character here, and sets of one line hold no other line's.
    const lines = bytes.toString("latin1").split("\n");
    const strange = lines.findIndex((line) => !isUtf8(Buffer.from(line, "latin1")));
    throw invalid(file, [`line ${strange + 1}: here is a character that is not UTF-8; save the file as UTF-8`]);
  }
}

/** The same, of a text. */
export function parseSite(file: string, text: string, now: number): SitePlan {
  if (text.length > maxBytes) throw invalid(file, [`it has ${text.length} characters; allowed: ${maxBytes}`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) throw invalid(file, yamlFaults(document, text, lines));
  // Aliases would let a small file unfold into a huge one.
  const aliases: string[] = [];
  visit(document, {
    Alias(_key, { source, range }) {
      const { line } = lines.linePos(range?.[0] ?? 0);
      aliases.push(`line ${line}: *${visible(source.slice(0, 60))} stands for something else; write out what is meant`);
    },
  });
  if (aliases.length > 0) throw invalid(file, aliases);
  const checked = checkPlan(document.toJS({ maxAliasCount: 0 }) as unknown, now);
  if (checked.ok) return checked.plan;
  const told = checked.faults.map((fault) => ({ line: lineOf(document, lines, fault.path), fault }));
  throw invalid(
    file,
    told.toSorted((a, b) => a.line - b.line).map(({ line, fault }) => `line ${line}, ${faultLine(fault)}`),
  );
}

function invalid(file: string, faults: readonly string[]): ProvisionError {
  return new ProvisionError(
    "site-invalid",
    `cannot use the site file ${file}:\n${faults.map((each) => `  ${each}`).join("\n")}`,
  );
}

/** The line of a field; of one that is missing, of what it is missing in. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: Fault["path"]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const offset = offsetIn(parent, path[length - 1] ?? "");
    if (offset !== null) return lines.linePos(offset).line;
  }
  return 1;
}

interface Ranged {
  readonly range?: readonly [number, number, number] | null;
}

/** Where a key of a map, or an entry of a list, begins. */
function offsetIn(parent: unknown, key: string | number): number | null {
  const { items } = (parent ?? {}) as { readonly items?: readonly unknown[] };
  if (items === undefined) return null;
  if (typeof key === "number") return (items[key] as Ranged | undefined)?.range?.[0] ?? null;
  const pair = (items as readonly { readonly key?: Ranged & { readonly value?: unknown } }[]).find(
    (each) => String(each.key?.value) === key,
  );
  return pair?.key?.range?.[0] ?? null;
}
