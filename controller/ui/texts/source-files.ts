import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseSync, visitorKeys } from "oxc-parser";

/** A node of a syntax tree, as far as it is looked into here. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface SourceFile {
  /** From the folder that was asked for. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
}

/** Every source file below a folder but its tests, parsed. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .toSorted()
    .map((path) => parsed(path, readFileSync(join(folder, path), "utf8")));
}

export function parsed(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`);
  return { path, text, program: program as unknown as Node };
}

/** Calls `enter` for every node, the outer ones first, with the nodes around it, nearest last. */
export function walk(
  node: Node,
  enter: (node: Node, around: readonly Node[]) => void,
  around: readonly Node[] = [],
): void {
  enter(node, around);
  const inside = [...around, node];
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key];
    for (const each of Array.isArray(child) ? (child as unknown[]) : [child]) {
      if (isNode(each)) walk(each, enter, inside);
    }
  }
}

/** What a template literal, tagged or not, says between its expressions. */
export function quasisOf(template: Node): readonly string[] {
  return (template["quasis"] as readonly { readonly value: { readonly cooked: string } }[]).map(
    ({ value }) => value.cooked,
  );
}

/** The name that is called, or that a template is tagged with; null for anything but a plain name. */
export function calleeOf(node: Node): string | null {
  const callee = node[node.type === "TaggedTemplateExpression" ? "tag" : "callee"] as Node | undefined;
  return callee?.type === "Identifier" ? (callee["name"] as string) : null;
}

export function lineOf({ text }: SourceFile, node: Node): number {
  return text.slice(0, node.start).split("\n").length;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
