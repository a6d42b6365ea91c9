/** What a builder gets besides its layer. */
export interface BuildContext {
  /** The checkout. */
  readonly root: string;
  /** Where packages come from; null for mmdebstrap's own choice. */
  readonly mirror: string | null;
  /** What the image says it is, and its bundle; boxes order releases by it. */
  readonly release: string;
  /** The folder to fill. */
  readonly folder: string;
  /** The folder of a layer that is needed. */
  readonly folderOf: (layer: string) => string;
}

/** A fixed time in everything we write: the same inputs are to give the same bytes. */
export const sourceDateEpoch = 1_760_000_000;
