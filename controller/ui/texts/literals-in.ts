import { calleeOf, lineOf, quasisOf, walk, type Node, type SourceFile } from "./source-files.ts";

/** Text that a page would show, and that no language can replace. */
export interface Literal {
  /** "pages/login-page.ts:40" */
  readonly at: string;
  readonly text: string;
}

const shownAttributes =
  /\s(aria-label|aria-description|aria-roledescription|aria-valuetext|title|placeholder|alt|label)=("[^"]*"|'[^']*')/g;

const hasWord = /\p{L}{2,}/u;

/** Begins like a label or a sentence, ends like one, or has words with a space between. */
const isProse = /^\p{Lu}\p{Ll}+(?![\w-]*[_A-Z])|\p{L}{2,}[\])’]?[.:?!…]$|^[^<>{}=/]*\p{L}{2,}[,;.]? \p{L}/u;

const besideValue = /\p{L}{2,}[,:;]? \uFFFC|\uFFFC[,:;]? \p{L}{2,}/u;

/** Where a string is no text: a type, a name of something, an error's own words, a comparison. */
const silent = new Set(["TSLiteralType", "ImportDeclaration", "Decorator", "BinaryExpression", "ImportExpression"]);

/** What is given to these is in the file already, or is no text. */
const speechless = new Set(["words", "wording", "plural", "classMap", "icon"]);

/** What stands in templates of lit and in strings outside of `msg` and its like. */
export function literalsIn(file: SourceFile): Literal[] {
  const found: Literal[] = [];
  const tell = (node: Node, text: string): void => {
    found.push({ at: `${file.path}:${lineOf(file, node)}`, text: text.replace(/\s+/g, " ").trim() });
  };
  walk(file.program, (node, around) => {
    const owner = around.at(-1);
    if (node.type === "TaggedTemplateExpression" && ["html", "svg"].includes(calleeOf(node) ?? "")) {
      for (const text of textOf(quasisOf(node["quasi"] as Node))) tell(node, text);
    }
    const isTemplate = node.type === "TemplateLiteral" && owner?.type !== "TaggedTemplateExpression";
    // A word beside a value is a text as well: "until 14:02".
    const text = isTemplate
      ? quasisOf(node).join(besideValue.test(quasisOf(node).join("\uFFFC")) ? "some" : "7")
      : node.type === "Literal" && typeof node["value"] === "string"
        ? node["value"]
        : "";
    if (!isProse.test(text) || isSilent(node, around)) return;
    tell(node, text);
  });
  return found;
}

/** Text between tags, and what is read out or shown of attributes. */
function textOf(quasis: readonly string[]): string[] {
  const markup = quasis.join("\uFFFC");
  const attributes = [...markup.matchAll(shownAttributes)].map((match) => match[2] ?? "");
  // Commands and keys are the same in every language.
  const between = markup.replace(/<!--.*?-->|<kbd>.*?<\/kbd>|<span class="mono">[^<]*<\/span>/gs, "").split(/<[^>]*>/s);
  return [...attributes, ...between]
    .flatMap((text) => text.split("\uFFFC"))
    .filter((text) => hasWord.test(text.replace(/&\w+;/g, "")));
}

function isSilent(node: Node, around: readonly Node[]): boolean {
  return around.some((each, i) => {
    const inner = around[i + 1] ?? node;
    if (silent.has(each.type)) return true;
    if ((each.type === "Property" && each["key"] === inner) || each["source"] === inner) return true;
    if (each.type === "CallExpression" && isSelection(each)) return true;
    if (each.type === "MemberExpression" || each.type === "SwitchCase")
      return each[each.type === "SwitchCase" ? "test" : "property"] === inner;
    const name = calleeOf(each);
    if (each.type === "NewExpression") return /Error$|^RegExp$|^Intl/.test(name ?? "");
    if (each.type === "TaggedTemplateExpression") return isOfClass(each, inner, around[i + 2] ?? node);
    return each.type === "CallExpression" && speechless.has(name ?? "");
  });
}

/** Whether a call takes a CSS selector. */
function isSelection({ callee }: Node): boolean {
  const { type, property } = callee as Node;
  const name = type === "MemberExpression" ? (property as Node)["name"] : null;
  return name === "querySelector" || name === "querySelectorAll" || name === "closest" || name === "matches";
}

/** Whether an expression of a template stands in an attribute that nobody reads. */
function isOfClass(tagged: Node, quasi: Node, expression: Node): boolean {
  if (!["html", "svg"].includes(calleeOf(tagged) ?? "") || quasi.type !== "TemplateLiteral") return false;
  const at = (quasi["expressions"] as readonly Node[]).indexOf(expression);
  return /\s(class|style|d|points|transform|viewBox|name|id|href|data-[\w-]+|aria-labelledby)=["']?[^"'>]*$/.test(
    quasisOf(quasi)[at] ?? "",
  );
}
