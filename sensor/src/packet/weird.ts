/** Everything odd that a packet can show. Counted, never thrown and never logged one by one. */
export type WeirdName =
  | "absurd-timestamp"
  | "bad-ip-version"
  | "bad-ipv4-header-length"
  | "bad-ipv4-length"
  | "bad-pppoe-header"
  | "bad-tcp-offset"
  | "bad-udp-length"
  | "malformed-dhcp"
  | "malformed-dns"
  | "malformed-netbios"
  | "time-went-backwards"
  | "too-many-extension-headers"
  | "too-many-vlan-tags"
  | "truncated-arp"
  | "truncated-ethernet-header"
  | "truncated-icmp-header"
  | "truncated-ipv4-header"
  | "truncated-ipv6-extension-header"
  | "truncated-ipv6-header"
  | "truncated-link-header"
  | "truncated-pppoe-header"
  | "truncated-tcp-header"
  | "truncated-udp-header"
  | "truncated-vlan-tag"
  | "unknown-ethertype"
  | "unknown-link-family"
  | "unknown-link-type";

/** Counts odd traffic by name. */
export class WeirdCounter {
  readonly #counts = new Map<WeirdName, number>();

  /** Counts one; `false`, so that a parser can count and give up in one step. */
  count(name: WeirdName): false {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return false;
  }

  /** The counts so far, in the order of their names. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
