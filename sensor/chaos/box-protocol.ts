/** What the box that is killed tells on its stdout, a line each; written at once, so that a kill takes none of it. */
export type BoxWord =
  /** It began: notices of this boot begin with this number. */
  | { readonly kind: "boot"; readonly bootId: string; readonly first: number }
  /** Notices up to this number were handed to the spool, or are about to be. */
  | { readonly kind: "tried"; readonly upTo: number }
  /** Those up to this number stand on the disk. */
  | { readonly kind: "kept"; readonly upTo: number }
  | { readonly kind: "adopted"; readonly epoch: number; readonly revision: number; readonly document: string }
  /** It has a certificate, its first or another. */
  | { readonly kind: "certified"; readonly fingerprint: string }
  /** Told to finish, it makes no more and has nothing left that the controller has not committed. */
  | { readonly kind: "drained" }
  | { readonly kind: "trouble"; readonly text: string };

/** What the box is told on its stdin, a line each. */
export type BoxOrder =
  | "finish"
  /** To take it that so many months have passed, of which a certificate lasts one. */
  | `months ${number}`;

/** Arguments of the box: its site profile, its folder, the number of its first notice, and its seed. */
export type BoxArguments = readonly [profile: string, folder: string, first: string, seed: string];

/** The name of a notice by its number; its place in the line of all notices of the box. */
export const nameOf = (number: number) => `n${number}`;

/** The numbers of notices named in a text. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(/"(?:containmentId|id)":"n(\d+)"/g)].map(([, number]) => Number(number));
}
