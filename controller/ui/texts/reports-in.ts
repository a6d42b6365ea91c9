import { calleeOf, quasisOf, walk, type Node, type SourceFile } from "./source-files.ts";

// Of a text with many alternatives, as many of its wordings as this; the rest stays in English.
const maxWordings = 64;

/**
 * The sentences that a source makes, as patterns: "It has tried {0} addresses on port {1}." Where it
 * chooses between wordings (`a ? "is" : "are"`), each is a pattern of its own.
 *
 * @param where `problems`: only what a `ProblemError` says in detail
 */
export function reportsIn(files: readonly SourceFile[], where: "anywhere" | "problems" = "anywhere"): Set<string> {
  const found = new Set<string>();
  for (const file of files) {
    walk(file.program, (node, around) => {
      if (node.type === "CallExpression" && calleeOf(node) === "counted") {
        for (const form of (node["arguments"] as readonly Node[]).slice(1)) {
          for (const noun of wordingsOf(form)) if (!noun.includes(value)) found.add(`{0} ${noun}`);
        }
      }
      if (where === "problems" && !around.some(isProblem)) return;
      if (around.some(isNoText) || !isOutermost(node, around.at(-1))) return;
      for (const wording of wordingsOf(node)) {
        const pattern = numbered(wording);
        if (isSentence(pattern)) found.add(pattern);
      }
    });
  }
  return found;
}

const value = "\uFFFC";

/** What an expression may say; a value that is not in the source is a place. */
function wordingsOf(node: Node): readonly string[] {
  switch (node.type) {
    case "Literal":
      return typeof node["value"] === "string" ? [node["value"]] : [value];
    case "ConditionalExpression":
      return [...wordingsOf(node["consequent"] as Node), ...wordingsOf(node["alternate"] as Node)];
    case "ParenthesizedExpression":
    case "TSAsExpression":
      return wordingsOf(node["expression"] as Node);
    case "BinaryExpression":
      return node["operator"] === "+" ? joined([node["left"] as Node, node["right"] as Node], ["", "", ""]) : [value];
    case "TemplateLiteral":
      return joined(node["expressions"] as readonly Node[], quasisOf(node));
    default:
      return [value];
  }
}

function joined(expressions: readonly Node[], between: readonly string[]): readonly string[] {
  let wordings = [between[0] ?? ""];
  expressions.forEach((expression, i) => {
    const inner = wordingsOf(expression);
    const next = wordings.flatMap((head) => inner.map((each) => head + each + (between[i + 1] ?? "")));
    wordings = next.length <= maxWordings ? next : wordings.map((head) => head + value + (between[i + 1] ?? ""));
  });
  return wordings;
}

/** Two values side by side are one, and so are those at either end with but a space between: nobody can tell where the first ends. */
function numbered(wording: string): string {
  let place = 0;
  return wording
    .replace(/\uFFFC+/g, value)
    .trim()
    .replace(/^\uFFFC( \uFFFC)+|\uFFFC( \uFFFC)+$/g, value)
    .replace(/\uFFFC/g, () => `{${place++}}`);
}

function isSentence(pattern: string): boolean {
  const words = pattern.replace(/\{\d+\}/g, "");
  // Rules, files and headers of HTTP.
  if (/[<>=\n]|\b(hook|priority|fdb)\b|^bytes \{/.test(pattern)) return false;
  return (
    /\p{L}{2,}[,;:]? \p{L}|\p{L}{2,} \{|\} \p{L}{2,}|^\p{Lu}\p{Ll}+\.?$/u.test(pattern) && /\p{L}{3,}/u.test(words)
  );
}

function isOutermost(node: Node, owner: Node | undefined): boolean {
  if (
    node.type !== "TemplateLiteral" &&
    node.type !== "Literal" &&
    node.type !== "BinaryExpression" &&
    node.type !== "ConditionalExpression"
  )
    return false;
  return (
    owner === undefined ||
    !["TemplateLiteral", "BinaryExpression", "ConditionalExpression", "ParenthesizedExpression"].includes(owner.type) ||
    (owner.type === "ConditionalExpression" && owner["test"] === node)
  );
}

function isProblem(node: Node): boolean {
  return node.type === "NewExpression" && calleeOf(node) === "ProblemError";
}

/** Names of things, comparisons, and what is written to a log or thrown. */
function isNoText(node: Node): boolean {
  if (node.type.startsWith("TS") && node.type !== "TSAsExpression" && node.type !== "TSSatisfiesExpression")
    return true;
  if (node.type === "ImportDeclaration") return true;
  if (node.type === "NewExpression") return (calleeOf(node) ?? "").endsWith("Error") && !isProblem(node);
  const callee = node["callee"] as Node | undefined;
  const name = callee?.type === "MemberExpression" ? ((callee["property"] as Node)["name"] as string) : calleeOf(node);
  return (
    node.type === "CallExpression" && ["log", "info", "warn", "error", "debug", "exec", "prepare"].includes(name ?? "")
  );
}
