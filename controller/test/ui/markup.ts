/** What a template of lit says, without a browser: for words, and for classes that carry a meaning. */

interface Template {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
}

function isTemplate(value: unknown): value is Template {
  return typeof value === "object" && value !== null && "strings" in value && "values" in value;
}

/** As text with its tags. Listeners are left out; of a directive what it was given is shown. */
export function markupOf(value: unknown): string {
  if (isTemplate(value) && "_$litType$" in value) {
    return value.strings.map((text, i) => text + (i < value.values.length ? markupOf(value.values[i]) : "")).join("");
  }
  if (Array.isArray(value)) return value.map(markupOf).join("");
  if (typeof value === "object" && value !== null && "_$litDirective$" in value && "values" in value) {
    return directiveOf(value.values as readonly unknown[]);
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The words of it, without tags. */
export function textOf(value: unknown): string {
  return markupOf(value)
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function directiveOf(values: readonly unknown[]): string {
  const [first] = values;
  // repeat(items, key, template)
  if (Array.isArray(first)) {
    const template = values.at(-1) as (item: unknown, index: number) => unknown;
    return first.map((item, i) => markupOf(template(item, i))).join("");
  }
  // classMap({ name: isOn })
  if (typeof first !== "object" || first === null) return markupOf(first);
  return Object.entries(first)
    .flatMap(([name, isOn]) => (isOn === true ? [name] : []))
    .join(" ");
}
