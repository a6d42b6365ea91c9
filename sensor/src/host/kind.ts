/**
 * What kind of machine a host seems to be. A guess for people's eyes, from what the machine says of itself and from the
 * ports that it answers on: no verdict, weight or containment reads it, for an infected machine may say what it likes.
 */
export const kindNames = [
  ...(["printer", "camera", "mobile-phone", "desk-phone", "workstation"] as const),
  ...(["server", "router", "access-point", "media-player", "storage"] as const),
] as const;
export type KindName = (typeof kindNames)[number];

/** What speaks for a kind. */
export interface KindClue {
  readonly name: KindName;
  /** One sentence: what it rests on. */
  readonly reason: string;
  /** How much it says; see {@link strengths}. */
  readonly strength: number;
}

/** A list of options asked for belongs to a family of systems; a name for itself belongs to a make. */
export const strengths = { remembered: 0, system: 1, port: 2, said: 3, service: 4 } as const;

/** The stronger of two clues; the older where neither is. */
export function strongerClue(known: KindClue | null, next: KindClue | null): KindClue | null {
  if (next === null) return known;
  return known === null || next.strength > known.strength ? next : known;
}
