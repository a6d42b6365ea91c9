import assert from "node:assert/strict";
import { test } from "node:test";
import { Type, type TSchema } from "typebox";
import { closedValidator } from "./closed-validator.ts";

const asked = (schema: TSchema, value: unknown, httpPart: string): unknown => {
  const validate = closedValidator({ schema, httpPart, method: "POST", url: "/" });
  return validate(value);
};

const wish = Type.Object({
  reason: Type.String(),
  terms: Type.Array(Type.Union([Type.Object({ hours: Type.Number() }), Type.Object({ until: Type.Number() })])),
  names: Type.Optional(Type.Record(Type.String(), Type.Object({ label: Type.String() }))),
  foreign: Type.Optional(Type.Object({ id: Type.String() }, { additionalProperties: true })),
});
const whole = {
  ...{ reason: "r", terms: [{ hours: 1 }, { until: 2 }], names: { a: { label: "A" } } },
  foreign: { id: "x", more: { of: "it" } },
};

test("what a schema names is taken as it is", () => {
  assert.deepEqual(asked(wish, whole, "body"), { value: whole });
  assert.deepEqual(asked(Type.Object({ limit: Type.Number() }), { limit: "3" }, "querystring"), {
    value: { limit: 3 },
  });
});

test("a field that it does not name is refused by its path, wherever it stands", () => {
  const cases = [
    [{ ...whole, sensorId: "another" }, "/sensorId"],
    [{ ...whole, terms: [{ hours: 1 }, { until: 2, hourz: 1 }] }, "/terms/1/hourz"],
    [{ ...whole, names: { a: { label: "A", stray: null } } }, "/names/a/stray"],
    [{ ...whole, ["__proto__x"]: {} }, "/__proto__x"],
  ] as const;
  for (const [value, path] of cases) {
    const { error } = asked(wish, value, "body") as { readonly error: readonly { readonly instancePath: string }[] };
    assert.equal(error[0]?.instancePath, path);
  }
});

test("what is wrong by the schema is said first", () => {
  const { error } = asked(wish, { stray: 1 }, "body") as { readonly error: readonly { readonly message: string }[] };
  assert.doesNotMatch(error.map(({ message }) => message).join(), /no field of this request/);
});
