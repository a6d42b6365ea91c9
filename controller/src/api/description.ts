/** The description of the API (OpenAPI 3.1): what the routes' own schemas say, and what holds for all of them. */
import type { FastifyDynamicSwaggerOptions, SwaggerTransform } from "@fastify/swagger";
import { Type } from "typebox";
import { changes } from "./changing.ts";
import { keyPattern } from "./idempotency.ts";
import { Problem } from "./view.ts";

interface Described {
  readonly summary?: string;
  readonly body?: object;
  readonly params?: object;
  readonly headers?: { readonly properties: Readonly<Record<string, object>> };
  readonly response?: Readonly<Record<string, unknown>>;
}

/** What any request of its kind may be refused with. */
function refusals(
  route: { readonly method: string | string[]; readonly isOpen: boolean },
  schema: Described,
): number[] {
  const isChanging = [route.method].flat().some((method) => changes({ method }));
  return [
    ...(schema.params === undefined && schema.body === undefined && schema.headers === undefined ? [] : [400]),
    ...(route.isOpen ? [] : [401, 403]),
    ...(schema.params === undefined ? [] : [404]),
    // Of the idempotency key, and of a content type that is not JSON.
    ...(isChanging ? [400, 403, 409, 415, 422] : []),
    ...(schema.body === undefined ? [] : [413]),
    ...[429, 500],
  ];
}

const transform: SwaggerTransform<Described> = ({ schema: given, url, route }) => {
  const schema: Described = given ?? {};
  const { isOpen = false, answers } = route.config ?? {};
  const isChanging = [route.method].flat().some((method) => changes({ method }));
  const idempotency = Type.Optional(
    Type.String({ pattern: keyPattern, description: "The same request with the same key is done once." }),
  );
  const headers = {
    ...schema.headers?.properties,
    ...(isChanging && !isOpen ? { "idempotency-key": idempotency } : {}),
  };
  const own =
    answers === undefined
      ? {}
      : {
          200: {
            description: "The answer",
            content: Object.fromEntries([answers].flat().map((type) => [type, {}])),
          },
        };
  const refused = refusals({ method: route.method, isOpen }, schema).map((status) => [status, Problem]);
  return {
    url,
    schema: {
      ...schema,
      ...(Object.keys(headers).length === 0 ? {} : { headers: Type.Object(headers) }),
      security: isOpen ? [] : [{ session: [] }, { token: [] }],
      response: { ...Object.fromEntries(refused), ...own, ...schema.response },
    },
  };
};

interface Operation {
  readonly responses?: Record<string, { description?: string; content?: Readonly<Record<string, object>> }>;
}

/** Options of the plugin that collects the routes. */
export function description(software: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Cordon controller",
        version: software,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        schemas: { Problem: JSON.parse(JSON.stringify(Problem)) as object },
        securitySchemes: {
          session: { type: "apiKey", in: "cookie", name: "cordon-session" },
          token: { type: "http", scheme: "bearer" },
        },
      },
    },
    transform: transform as SwaggerTransform,
    transformObject: (found) => {
      if (!("openapiObject" in found)) return found.swaggerObject;
      const { openapiObject } = found;
      for (const path of Object.values(openapiObject.paths ?? {})) {
        for (const { responses = {} } of Object.values(path ?? {}) as Operation[]) {
          for (const [status, response] of Object.entries(responses)) {
            if (status === "204") delete response.content;
            if (Number(status) < 400) continue;
            response.description = "Refused";
            response.content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
          }
        }
      }
      return openapiObject;
    },
  };
}
