/**
 * The users inside the image: one for each process of ours, each with a group of its own. The
 * initramfs knows the judge's by its number, everything else by the names.
 */
export const users = {
  /** Parses nothing, holds nothing. */
  reader: { name: "cordon-reader", id: 801 },
  /** Owns the stored quarantines. */
  executor: { name: "cordon-executor", id: 802 },
  /** Owns the profile with its key, and what is known of the site. */
  judge: { name: "cordon-judge", id: 803 },
  /** Gives out names and addresses in a repair network. */
  names: { name: "cordon-names", id: 804 },
  /** Hears of the kernel's connections in a repair network. */
  tracker: { name: "cordon-tracker", id: 805 },
  /** Serves people while the box is its own centre; keeps nothing. */
  centre: { name: "cordon-centre", id: 806 },
} as const;

export type Role = keyof typeof users;
