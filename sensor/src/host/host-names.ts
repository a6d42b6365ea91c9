/** Where a name was heard: the request for an address, or what the machine says of itself on the link. */
export const nameSources = ["dhcp", "mdns", "netbios", "llmnr"] as const;
export type NameSource = (typeof nameSources)[number];

/** A name as its machine said it, when it last did. */
export interface HeardName {
  readonly name: string;
  readonly at: number;
}

/**
 * The names that a machine gives itself, the latest of each source. They are for people's eyes: nothing is decided by
 * them, since a machine may say what it likes.
 */
export type HostNames = Map<NameSource, HeardName>;

/** Notes a name; true where it is news. */
export function noteName(names: HostNames, source: NameSource, name: string, at: number): boolean {
  const known = names.get(source);
  names.set(source, { name, at });
  return known?.name !== name;
}
