/** What a document of the box's own key may change of the controller's that it goes on from. Pure. */
import { isDeepStrictEqual } from "node:util";
import {
  everyContainment,
  pinAuthor,
  type Delegable,
  type Delegation,
  type DesiredDocument,
  type Pardon,
} from "@cordon/contract";

/** Fields about which nobody at the box has a word. `recording` may be absent, which records nothing. */
const fixed = ["policy", "reflex", "duties", "remedies", "portal", "areas", "resolvers", "wipe"] as const;

interface Wish {
  readonly id: string;
  readonly author: string;
  readonly expiresAt: number | null;
}

/**
 * Why a document goes beyond what was delegated; null where it does not.
 *
 * @param base the controller's document that it goes on from
 * @param now never ahead of the truth (epoch ms): what has ended by itself may be missing
 */
export function scopeFault(
  base: DesiredDocument,
  document: DesiredDocument,
  delegation: Pick<Delegation, "may" | "notAfter">,
  now: number,
): string | null {
  for (const field of fixed) {
    if (!isDeepStrictEqual(base[field], document[field])) return `it changes ${field}`;
  }
  if (document.recording !== undefined && !isDeepStrictEqual(base.recording, document.recording)) {
    return "it changes recording";
  }
  const scope: Scope = { delegation, ended: new Set(document.local?.ended), now };
  return (
    wishFault(everyContainment(base), everyContainment(document), { ...scope, adds: "contain", ends: "release" }) ??
    wishFault(base.barriers, document.barriers, { ...scope, adds: "barriers", ends: "barriers" }) ??
    wishFault(base.areaCuts, document.areaCuts, { ...scope, adds: "areas", ends: "areas" }) ??
    wishFault(listOf(base.lineCut), listOf(document.lineCut), { ...scope, adds: "line", ends: "line" }) ??
    pardonFault(base.pardons, document.pardons, scope)
  );
}

interface Scope {
  readonly delegation: Pick<Delegation, "may" | "notAfter">;
  readonly ended: ReadonlySet<string>;
  readonly now: number;
}

function wishFault(
  before: readonly Wish[] = [],
  after: readonly Wish[] = [],
  { delegation, ended, now, adds, ends }: Scope & { readonly adds: Delegable; readonly ends: Delegable },
): string | null {
  const beforeById = new Map(before.map((wish) => [wish.id, wish]));
  for (const wish of after) {
    const old = beforeById.get(wish.id);
    if (old !== undefined) {
      if (!isDeepStrictEqual(old, wish)) return `it changes ${wish.id}, which is the controller's`;
      continue;
    }
    if (!delegation.may.includes(adds)) return `it adds ${wish.id}: there is no word on ${adds}`;
    if (wish.author !== pinAuthor) return `it adds ${wish.id} in the name of somebody else`;
    if (wish.expiresAt === null || wish.expiresAt > delegation.notAfter) return `${wish.id} outlasts the delegation`;
  }
  const held = new Set(after.map(({ id }) => id));
  for (const { id, expiresAt } of before) {
    if (held.has(id) || (expiresAt !== null && expiresAt <= now)) continue;
    if (!delegation.may.includes(ends)) return `it ends ${id}: there is no word on ${ends}`;
    if (!ended.has(id)) return `it leaves ${id} out and does not say so`;
  }
  return null;
}

function pardonFault(
  before: readonly Pardon[] = [],
  after: readonly Pardon[] = [],
  { delegation, now }: Scope,
): string | null {
  for (const pardon of after) {
    if (before.some((old) => isDeepStrictEqual(old, pardon))) continue;
    if (!delegation.may.includes("release")) return "it pardons: there is no word on release";
    if (pardon.author !== pinAuthor) return "it pardons in the name of somebody else";
    if (pardon.until === null || pardon.until > delegation.notAfter) return "a pardon outlasts the delegation";
  }
  const pardoned = new Set(after.map(({ host }) => host));
  const gone = before.find(({ host, until }) => !pardoned.has(host) && (until === null || until > now));
  return gone === undefined ? null : `it takes back the pardon of ${gone.host}`;
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
