/** People of a controller, as tests invite them and sign them in. */
import { Secret, TOTP } from "otpauth";
import type { Controller } from "../src/controller.ts";
import { ApiClient, type Answer } from "./harness.ts";

export const password = "correct horse battery";

export interface Invited {
  readonly person: { readonly id: string; readonly name: string };
  readonly token: string;
  readonly path: string;
}

/** What somebody's phone shows at that time, epoch milliseconds. */
export function codeAt(secret: string, at: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret), issuer: "Cordon" }).generate({ timestamp: at });
}

/** Signs in by the terminal's link. */
export async function asOwner(controller: Controller): Promise<ApiClient> {
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  return api;
}

/** Invites somebody. */
export function invite(
  owner: ApiClient,
  fields: Readonly<Record<string, unknown>> & { readonly name: string; readonly role: string },
): Promise<Answer<Invited>> {
  return owner.call<Invited>("POST", "/api/v1/people", { customers: null, sites: null, expiresAt: null, ...fields });
}

/** Takes an account by its invitation; signed in by that. The secret makes further codes. */
export async function take(
  controller: Controller,
  token: string,
  now = Date.now(),
): Promise<{ readonly api: ApiClient; readonly secret: string; readonly taken: Answer<unknown> }> {
  const api = new ApiClient(controller.url);
  const looked = await api.call<{ secret: string }>("POST", "/api/v1/invitations/look", { token });
  if (looked.status !== 200) return { api, secret: "", taken: looked };
  const { secret } = looked.body;
  const taken = await api.call("POST", "/api/v1/invitations/take", { token, password, code: codeAt(secret, now) });
  api.cookie = (taken.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  return { api, secret, taken };
}
