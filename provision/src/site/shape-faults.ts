import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { nearMiss } from "./near-miss.ts";

/** One thing that is wrong with what was said of a site. */
export interface Fault {
  /** Keys from the top; a number is the place in a list, from 0. */
  readonly path: readonly (string | number)[];
  /** What stands there, and what may, for a person. */
  readonly text: string;
}

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly items?: TSchema;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly allowed?: string;
  readonly isSecret?: boolean;
}

/** All that does not fit the schema, not the first alone; in the order of the schema. */
export function shapeFaults(schema: TSchema, value: unknown, path: Fault["path"] = []): Fault[] {
  const node = schema as Node;
  if (node.properties !== undefined) return groupFaults(node, node.properties, value, path);
  if (node.items !== undefined) return listFaults(node, node.items, value, path);
  if (Value.Check(schema, value)) return [];
  const meant = typeof value === "string" && node.enum !== undefined ? nearMiss(value, node.enum) : null;
  const hint = meant === null ? "" : `did you mean ${meant}? `;
  return [{ path, text: `${shown(node, value)}; ${hint}allowed: ${node.allowed ?? "another value"}` }];
}

function groupFaults(
  { required = [] }: Node,
  properties: Readonly<Record<string, TSchema>>,
  value: unknown,
  path: Fault["path"],
): Fault[] {
  const known = Object.keys(properties);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path, text: `here stand more fields, one on a line: ${known.join(", ")}` }];
  }
  const said = value as Readonly<Record<string, unknown>>;
  const meant = new Map<string, string | null>(
    Object.keys(said)
      .filter((key) => !known.includes(key))
      .map((key) => [key, nearMiss(key, known)]),
  );
  const unknown = [...meant].map(([key, near]): Fault => {
    const hint = near === null ? `allowed here: ${known.join(", ")}` : `did you mean ${near}?`;
    return { path: [...path, key], text: `there is no such field; ${hint}` };
  });
  const within = known.flatMap((key): Fault[] => {
    const schema = properties[key] as TSchema;
    // What is written with nothing behind it is not said.
    if (said[key] !== undefined && said[key] !== null) return shapeFaults(schema, said[key], [...path, key]);
    // Told once: it is there under a name that is not quite its own.
    if (!required.includes(key) || [...meant.values()].includes(key)) return [];
    return [{ path: [...path, key], text: `is missing; allowed: ${allowedIn(schema)}` }];
  });
  return [...unknown, ...within];
}

function listFaults({ maxItems = 0 }: Node, items: TSchema, value: unknown, path: Fault["path"]): Fault[] {
  if (!Array.isArray(value)) return [{ path, text: `is no list; allowed: a list, of each: ${allowedIn(items)}` }];
  const tooMany = value.length > maxItems ? [{ path, text: `has ${value.length} entries; allowed: ${maxItems}` }] : [];
  return [...tooMany, ...value.flatMap((each, index) => shapeFaults(items, each, [...path, index]))];
}

function allowedIn(schema: TSchema): string {
  const { properties, allowed } = schema as Node;
  return allowed ?? (properties === undefined ? "a value" : `the fields ${Object.keys(properties).join(", ")}`);
}

function shown({ type, isSecret }: Node, value: unknown): string {
  if (type === "string" && typeof value === "number") {
    return `${isSecret === true ? "this" : String(value)} is read as a number; write it in quotes`;
  }
  if ((type === "integer" || type === "boolean") && typeof value === "string" && isSecret !== true) {
    return `${JSON.stringify(value.slice(0, 60))} is read as text; write a ${type === "integer" ? "number without quotes" : "plain true or false"}`;
  }
  if (isSecret === true) return "this cannot be it";
  const text = JSON.stringify(value) ?? "nothing";
  return `${text.length > 60 ? `${text.slice(0, 60)}…` : text} cannot be it`;
}
