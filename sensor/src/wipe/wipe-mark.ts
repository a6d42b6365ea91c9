import { createHash } from "node:crypto";
import { parserOf, ReportedWipe, WipeOrder, type SiteProfile } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { readFileIfPresent, writeFileAtomic } from "../record/atomic-file.ts";

/** That this box is to forget its site, or has: read before anything else is, so that a power cut in between changes nothing. */
const WipeMark = Type.Object({
  version: Type.Literal(1),
  orderId: WipeOrder.properties.id,
  /** The document that ordered it. */
  epoch: Type.Integer(),
  revision: Type.Integer(),
  issuedAt: Type.Number(),
  /** SHA-256 of what the profile proves itself by: a card that was made anew begins anew. */
  profileHash: Type.String(),
  /** Absent until it is done. */
  done: Type.Optional(ReportedWipe),
});
export type WipeMark = Static<typeof WipeMark>;

const parse = parserOf(WipeMark, { maxBytes: 64 * 1024 });

/** The mark, where it is of this profile; null where there is none. */
export async function loadWipeMark(path: string, profile: SiteProfile): Promise<WipeMark | null> {
  const text = await readFileIfPresent(path);
  const parsed = text === null ? null : parse(text);
  return parsed?.ok === true && parsed.value.profileHash === profileHashOf(profile) ? parsed.value : null;
}

/** Rejects with `state-unwritable`. */
export function saveWipeMark(path: string, mark: WipeMark): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(mark));
}

export function profileHashOf({ enrolment, credentials }: SiteProfile): string {
  return createHash("sha256")
    .update(enrolment?.token ?? credentials?.certificate ?? "")
    .digest("hex");
}
