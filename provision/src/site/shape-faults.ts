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

/** One. */
export function fault(path: Fault["path"], text: string): Fault {
  return { path, text };
}

export function unseenFault(text: string): string | null {
  return /[\p{Cc}\p{Cf}\p{Cs}]/u.test(text) ? "there is a character in it that cannot be seen" : null;
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
  readonly isNeverTaken?: boolean;
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
  const offered = offeredIn(properties);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path, text: `here stand more fields, one on a line: ${offered.join(", ")}` }];
  }
  const said = value as Readonly<Record<string, unknown>>;
  const meant = new Map<string, string | null>(
    Object.keys(said)
      .filter((key) => !known.includes(key))
      .map((key) => [key, nearMiss(key, offered)]),
  );
  const unknown = [...meant].map(([key, near]): Fault => {
    const hint = near === null ? `allowed here: ${offered.join(", ")}` : `did you mean ${near}?`;
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

/** The fields that somebody may be told to write. */
function offeredIn(properties: Readonly<Record<string, TSchema>>): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => ((schema as Node).isNeverTaken === true ? [] : [key]));
}

function allowedIn(schema: TSchema): string {
  const { properties, allowed } = schema as Node;
  return allowed ?? (properties === undefined ? "a value" : `the fields ${offeredIn(properties).join(", ")}`);
}

function shown({ type, isSecret }: Node, value: unknown): string {
  if (type === "string" && typeof value === "number") {
    return `${isSecret === true ? "this" : String(value)} is read as a number; write it in quotes`;
  }
  if (typeof value === "string" && isSecret !== true) {
    // It may have been typed where no quotes are: then this is not what is wrong with it.
    if (type === "integer" && /^\d+$/.test(value)) {
      return `${JSON.stringify(value)} is read as text; write a number without quotes`;
    }
    if (type === "boolean" && /^(y|n|yes|no|on|off|true|false)$/i.test(value)) {
      return `${JSON.stringify(value)} is read as text; write a plain true or false`;
    }
  }
  if (isSecret === true) return "this cannot be it";
  // An address may hold a password.
  const text = (JSON.stringify(value) ?? "nothing").replace(/:\/\/[^/\s"]*@/g, "://…@");
  return `${text.length > 60 ? `${text.slice(0, 60)}…` : text} cannot be it`;
}
