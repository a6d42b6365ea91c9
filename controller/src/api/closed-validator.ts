import { isTooDeep } from "@cordon/contract";
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { FastifySchemaCompiler, FastifySchemaValidationError } from "fastify";
import type { TSchema } from "typebox";
import Value from "typebox/value";

interface Checked {
  readonly value?: unknown;
  readonly error?: FastifySchemaValidationError[] | Error;
}

/**
 * TypeBox's validator, which besides refuses a body or a query with a field that the schema does not name. Such a field is a
 * slip of whoever wrote it, who would wonder why it does nothing; or it is meant to land where routes spread what was asked
 * beside what they know themselves, such as whose box it is about.
 */
export const closedValidator: FastifySchemaCompiler<TSchema> = (route) => {
  const check = TypeBoxValidatorCompiler(route) as (value: unknown) => Checked;
  if (route.httpPart !== "body" && route.httpPart !== "querystring") return check;
  return (value) => {
    if (isTooDeep(value)) return { error: [fault("", "nests too deep")] };
    const checked = check(value);
    if (checked.error !== undefined) return checked;
    const strange = strangeField(checked.value, Value.Clean(route.schema, structuredClone(checked.value)));
    return strange === null ? checked : { error: [fault(strange, "is no field of this request")] };
  };
};

/** Path of the first field of `whole` that is not in `known`; null where there is none. */
function strangeField(whole: unknown, known: unknown, path = ""): string | null {
  if (typeof whole !== "object" || whole === null || typeof known !== "object" || known === null) return null;
  for (const [key, value] of Object.entries(whole)) {
    const here = `${path}/${key}`;
    if (!Object.hasOwn(known, key)) return here;
    const strange = strangeField(value, (known as Readonly<Record<string, unknown>>)[key], here);
    if (strange !== null) return strange;
  }
  return null;
}

function fault(instancePath: string, message: string): FastifySchemaValidationError {
  return {
    ...{ instancePath: instancePath.slice(0, 200), schemaPath: "#/additionalProperties", params: {} },
    ...{ keyword: "additionalProperties", message },
  };
}
