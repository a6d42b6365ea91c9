import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { isTooDeep } from "./depth.ts";
import { isUnderstood } from "./version.ts";

/** What parsing a payload gives: the value, or one line that says what is wrong with it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/**
 * Makes a parser of JSON payloads for a schema. Unknown fields pass, as long as they do not nest too deep; a payload whose `version`
 * lies too far from ours is refused by name, since its shape errors would only mislead. A schema that
 * names its one version is not of the contract: so are files that a program writes for itself.
 */
export function parserOf<S extends TSchema>(
  schema: S,
  limits: { readonly maxBytes: number },
): (payload: string | Uint8Array) => Parsed<Static<S>> {
  const compiled = Compile(schema);
  const { properties } = schema as { readonly properties?: Readonly<Record<string, object | undefined>> };
  const isOfContract = !("const" in (properties?.["version"] ?? {}));
  return (payload) => {
    const sizeBytes = typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
    if (sizeBytes > limits.maxBytes)
      return { ok: false, error: `payload of ${sizeBytes} bytes exceeds ${limits.maxBytes}` };
    let value: unknown;
    try {
      value = JSON.parse(typeof payload === "string" ? payload : Buffer.from(payload).toString("utf8"));
    } catch {
      return { ok: false, error: "payload is no JSON" };
    }
    if (isTooDeep(value)) return { ok: false, error: "payload nests too deep" };
    const version = (value as { version?: unknown } | null)?.version;
    if (isOfContract && typeof version === "number" && !isUnderstood(version)) {
      return { ok: false, error: `contract version ${version} is not understood` };
    }
    if (compiled.Check(value)) return { ok: true, value: value as Static<S> };
    const errors = compiled.Errors(value);
    const [first] = errors;
    const place = first === undefined || first.instancePath === "" ? "payload" : first.instancePath;
    // A choice between words fails once for each of them.
    const words = errors.flatMap((error) =>
      error.keyword === "const" && error.instancePath === first?.instancePath ? [error.params.allowedValue] : [],
    );
    const fault = words.length > 0 ? `must be one of ${words.join(", ")}` : first?.message;
    return { ok: false, error: `${place} ${fault ?? "does not fit the schema"}` };
  };
}
