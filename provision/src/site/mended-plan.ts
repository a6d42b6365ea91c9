import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import type { Fault } from "./shape-faults.ts";

interface Node {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly items?: TSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly type?: string;
}

// So far off that what follows from a value reads otherwise with another.
const elsewhere = 4096;

export interface Mended {
  readonly value: unknown;
  /** What stands in for something else: nothing that is said of these places is meant by anybody. */
  readonly places: readonly Fault["path"][];
}

/**
 * What was said, with something that fits in the place of all that does not: so that what is wrong with the rest can be found. Each
 * keeps its place in its list.
 *
 * @param keepsAll false: leaves out what does not fit and need not be there, and takes other values for what has to
 */
export function mendedPlan(schema: TSchema, value: unknown, keepsAll: boolean): Mended {
  const places: Fault["path"][] = [];
  return { value: mended({ schema, value, path: [], isNeeded: true }), places };

  function mended(of: {
    readonly schema: TSchema;
    readonly value: unknown;
    readonly path: Fault["path"];
    readonly isNeeded: boolean;
  }): unknown {
    const { path, isNeeded } = of;
    const { properties, items, required = [] } = of.schema as Node;
    if (properties !== undefined && isGroup(of.value)) {
      const said = of.value;
      return Object.fromEntries(
        Object.entries(properties).flatMap(([key, each]) => {
          const isAsked = required.includes(key);
          if (said[key] === undefined && !isAsked) return [];
          const found = mended({ schema: each, value: said[key], path: [...path, key], isNeeded: isAsked });
          return found === undefined ? [] : [[key, found]];
        }),
      );
    }
    if (items !== undefined && Array.isArray(of.value)) {
      return of.value.map((each, index) =>
        mended({ schema: items, value: each, path: [...path, index], isNeeded: true }),
      );
    }
    if (properties === undefined && items === undefined && Value.Check(of.schema, of.value)) return of.value;
    places.push(path);
    return isNeeded || keepsAll ? fitting(of.schema, places.length + (keepsAll ? 0 : elsewhere)) : undefined;
  }
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that fits, and no other like it. */
function fitting(schema: TSchema, number: number): unknown {
  const { properties, required = [], items, type, minimum } = schema as Node;
  if (properties !== undefined) {
    return Object.fromEntries(required.map((key, at) => [key, fitting(properties[key] as TSchema, number * 8 + at)]));
  }
  if (items !== undefined) return [];
  const [high, low] = [(number >> 8) & 255, number & 255];
  const mac = [high, low].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  const { enum: words = [], const: only } = schema as Node;
  const tried = [
    ...[only, ...words, type === "boolean" ? false : minimum],
    ...[`198.18.${high}.${low}`, `198.18.${high}.${low}/24`, `02:00:5e:00:${mac}`],
    ...["https://cordon.example.net", "2001-01-01", "somebody@example.net", `Site ${number}`],
  ];
  return tried.find((each) => each !== undefined && Value.Check(schema, each));
}
