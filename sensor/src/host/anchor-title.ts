/** What a site cannot do without. */
export type AnchorRole = "gateway" | "resolver" | "controller";

/** What else is known of a card and an address that it says it has, perhaps from an earlier life of this process. */
export interface CardRecord {
  /** Since when it is suspect or infected; null while nothing is known against it. */
  readonly accusedAt: number | null;
  /** Between which times it was heard with the address; null where that is not known. */
  readonly held: { readonly from: number; readonly until: number } | null;
}

/** A card inside that says it has the address of something that the site cannot do without. */
export interface Title {
  readonly role: AnchorRole;
  /** Between which times it was heard with the address. */
  readonly from: number;
  readonly until: number;
  /** When it was first seen to answer a question of others from that address; null where it was not. */
  readonly answeredAt: number | null;
  /** The address is of a network in which machines inside stand: elsewhere nobody has it because he says so. */
  readonly isOnLink: boolean;
}

export const nothingKnown: CardRecord = { accusedAt: null, held: null };

/**
 * So long a machine has to have had the address before anything was known against it. One word by ARP costs a worm
 * nothing; a server says it again and again.
 */
export const earnedAfterMs = 600_000;

/**
 * Whether the card has earned what it says: by answering, or because it had the address, before anything was known against
 * it. Of the gateway's address the word is enough until then: with swapped cables that is the router, everybody
 * goes through it, and where it is not, the router is heard outside and comes first.
 */
export function hasEarned(title: Title, { accusedAt, held }: CardRecord): boolean {
  const { role, from, until, answeredAt, isOnLink } = title;
  const accused = accusedAt ?? Number.POSITIVE_INFINITY;
  if (role === "resolver" && answeredAt !== null && answeredAt < accused) return true;
  const since = Math.min(from, held?.from ?? from);
  const last = Math.min(Math.max(until, held?.until ?? until), accused);
  return isOnLink && last - since >= (role === "gateway" ? 0 : earnedAfterMs);
}
