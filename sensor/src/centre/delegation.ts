import { verify } from "node:crypto";
import {
  delegationBytes,
  parseDelegation,
  parseSignedDelegation,
  type Delegation,
  type SignedDelegation,
} from "@cordon/contract";
import type { Signer } from "../link/desired.ts";

/** Why a delegation was not taken. Counted by this name in `reported.refused`. */
export type DelegationRefusal =
  | "delegation-malformed"
  | "delegation-by-stranger"
  | "delegation-for-other"
  | "delegation-older";

export interface HeldDelegation {
  readonly delegation: Delegation;
  readonly signed: SignedDelegation;
}

export type DelegationRuling =
  | { readonly ok: true; readonly held: HeldDelegation }
  | { readonly ok: false; readonly code: DelegationRefusal; readonly text: string };

export interface DelegationContext {
  readonly sensorId: string;
  readonly siteId: string;
  /** The controller's keys. */
  readonly signers: readonly Signer[];
  /** PEM of the box's own key. */
  readonly ownKey: string;
  readonly current: HeldDelegation | null;
}

/** Decides whether a payload is what the box may do by itself from now on. When that ends is looked at when it is used. */
export function acceptDelegation(payload: string | Uint8Array, context: DelegationContext): DelegationRuling {
  const message = parseSignedDelegation(payload);
  if (!message.ok) return refuse("delegation-malformed", message.error);
  const { delegation: text, signature, keyId } = message.value;
  const signer = context.signers.find((candidate) => candidate.keyId === keyId);
  const bytes = Buffer.from(delegationBytes(text), "utf8");
  if (signer === undefined || !verify(null, bytes, signer.key, Buffer.from(signature, "base64"))) {
    return refuse("delegation-by-stranger", `key ${keyId} is not one of the site's, or did not sign it`);
  }
  const parsed = parseDelegation(text);
  if (!parsed.ok) return refuse("delegation-malformed", parsed.error);
  const { sensor, site, key, issuedAt } = parsed.value;
  if (sensor !== context.sensorId || site !== context.siteId || key.trim() !== context.ownKey.trim()) {
    return refuse("delegation-for-other", `it is for the sensor ${sensor} of ${site}, or for a key that is not here`);
  }
  const { current } = context;
  if (current !== null && issuedAt < current.delegation.issuedAt) {
    return refuse("delegation-older", "a newer one is known: what was taken back stays so");
  }
  return { ok: true, held: { delegation: parsed.value, signed: message.value } };
}

function refuse(code: DelegationRefusal, text: string): DelegationRuling {
  return { ok: false, code, text };
}
