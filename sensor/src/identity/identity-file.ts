import { parserOf } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";

/** The box's own key and what came of it. It stays in this file, and leaves the box in no message. */
const OwnIdentity = Type.Object({
  version: Type.Literal(1),
  sensor: Type.String(),
  /** SHA-256 of the token it was made for, hex: another token is a new beginning. */
  tokenHash: Type.String(),
  /** PEM. */
  privateKey: Type.String(),
  /** PEM, PKCS #10: the same for every certificate. */
  request: Type.String(),
  /** PEM; absent before it was fetched. */
  authority: Type.Optional(Type.String()),
  /** PEM; absent before the first. */
  certificate: Type.Optional(Type.String()),
  /** When to renew it, epoch milliseconds of the trusted time. */
  renewAt: Type.Optional(Type.Number()),
});
export type OwnIdentity = Static<typeof OwnIdentity>;

const parse = parserOf(OwnIdentity, { maxBytes: 256 * 1024 });

/** Null where there is none, or none that makes sense. */
export async function loadOwnIdentity(path: string): Promise<OwnIdentity | null> {
  const text = await readFileIfPresent(path);
  if (text === null) return null;
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  await setAside(path);
  return null;
}

/** Rejects with `state-unwritable`. */
export function saveOwnIdentity(path: string, identity: OwnIdentity): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(identity));
}
