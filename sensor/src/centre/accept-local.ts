import type { Delegation, DesiredDocument, DocumentName } from "@cordon/contract";
import {
  acceptDesired,
  type Acceptance,
  type AdoptedDesired,
  type DesiredRefusal,
  type Signer,
} from "../link/desired.ts";
import { scopeFault } from "./local-scope.ts";

/** Why a document of the box's own key was not adopted. Counted by this name in `reported.refused`. */
export type LocalRefusal = "not-delegated" | "delegation-over" | "other-base" | "beyond-delegation";

export type LocalAcceptance =
  | Extract<Acceptance, { readonly ok: true }>
  | { readonly ok: false; readonly code: DesiredRefusal | LocalRefusal; readonly text: string };

export interface LocalContext {
  readonly sensorId: string;
  readonly siteId: string;
  readonly ownKey: Signer;
  readonly delegation: Delegation | null;
  readonly current: AdoptedDesired | null;
  /** The controller's document that the box goes on from; null where it has none. */
  readonly base: DesiredDocument | null;
  /** Epoch milliseconds, never ahead of the truth. */
  readonly now: number;
}

/** Decides whether the box obeys itself. Pure but for the signature's arithmetic. */
export function acceptLocal(payload: string | Uint8Array, context: LocalContext): LocalAcceptance {
  const { delegation, base, now, ownKey } = context;
  if (delegation === null || delegation.may.length === 0) {
    return refuse("not-delegated", "the controller has delegated nothing, or has taken it back");
  }
  if (delegation.notAfter < now) {
    return refuse("delegation-over", `it ended at ${new Date(delegation.notAfter).toISOString()}`);
  }
  const acceptance = acceptDesired(payload, { ...context, signers: [ownKey] });
  if (!acceptance.ok || !acceptance.isChange) return acceptance;
  const { document } = acceptance.adopted;
  if (base === null || document.local === undefined || !isNamed(base, document.local.base)) {
    return refuse("other-base", "it goes on from another document than the controller's last one");
  }
  const fault = scopeFault(base, document, delegation, now);
  return fault === null ? acceptance : refuse("beyond-delegation", fault);
}

/** Whether a document is the one that is named. */
export function isNamed({ epoch, revision, issuedAt }: DocumentName, name: DocumentName | undefined): boolean {
  return name?.epoch === epoch && name.revision === revision && name.issuedAt === issuedAt;
}

function refuse(code: LocalRefusal, text: string): LocalAcceptance {
  return { ok: false, code, text };
}
