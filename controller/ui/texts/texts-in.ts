import type { Wording } from "../../src/language/language-file.ts";
import { calleeOf, lineOf, quasisOf, walk, type Node, type SourceFile } from "./source-files.ts";

/** The texts that a source shows by `msg`, `rich`, `plural`, `words` and `wording`: English, by key. */
export function textsIn(files: readonly SourceFile[]): Map<string, Wording> {
  const texts = new Map<string, Wording>();
  for (const file of files) {
    walk(file.program, (node) => {
      const name = calleeOf(node);
      if (node.type === "TaggedTemplateExpression" && (name === "msg" || name === "rich")) {
        const key = keyOf(quasisOf(node["quasi"] as Node));
        texts.set(key, key);
      }
      if (node.type !== "CallExpression") return;
      const args = node["arguments"] as readonly Node[];
      if (name === "plural") {
        const [one, other] = [literal(args[1]), literal(args[2])];
        if (one === null || other === null) {
          throw new SyntaxError(`${file.path}:${lineOf(file, node)}: both forms of a plural are literals`);
        }
        texts.set(other, { one, other });
      }
      if (name === "words" && args[0] !== undefined) {
        for (const text of leaves(args[0], constantsOf(file))) texts.set(text, text);
      }
    });
  }
  return texts;
}

/** "Cut off {0}…" */
export function keyOf(quasis: readonly string[]): string {
  return quasis.reduce((text, each, i) => `${text}{${i - 1}}${each}`);
}

/** What `wording` gave a name. */
function constantsOf(file: SourceFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  walk(file.program, (node) => {
    const init = node.type === "VariableDeclarator" ? (node["init"] as Node | null) : null;
    if (init?.type !== "CallExpression" || calleeOf(init) !== "wording") return;
    const text = literal((init["arguments"] as readonly Node[])[0]);
    if (text !== null) found.set((node["id"] as { readonly name: string }).name, text);
  });
  return found;
}

/** The texts of a table; a name in it stands for its text. */
function leaves(table: Node, constants: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  walk(table, (node, around) => {
    const text = node.type === "Identifier" ? (constants.get(node["name"] as string) ?? null) : literal(node);
    const owner = around.at(-1);
    const isKey = owner?.type === "Property" && owner["key"] === node;
    if (text !== null && text !== "" && !isKey) found.push(text);
  });
  return found;
}

function literal(node: Node | undefined): string | null {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral") return null;
  const quasis = quasisOf(node);
  return quasis.length === 1 ? (quasis[0] ?? null) : null;
}
