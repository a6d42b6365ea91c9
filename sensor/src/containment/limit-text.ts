/** Pieces of nft text that the limits on new targets are made of. */

// A target that was not tried again for so long is a new one.
export const contactIdle = "5m";
// 20 machines at 5 new targets a second for five minutes are 30,000.
const maxContacts = 65_536;

/** The condition that a limit is passed. */
export function over({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }): string {
  return `limit rate over ${perSecond}/second burst ${burst} packets`;
}

export function chain(name: string, rules: readonly string[]): string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

/** A set or map of wished elements. */
export function declared(kind: "set" | "map", name: string, type: string, size: number): string[] {
  return [`${kind} ${name} {`, `\ttype ${type}`, `\tsize ${size}`, "}"];
}

/** A set that packets add to. */
export function kept(name: string, type: string, size: number, timeout: string): string[] {
  return [`set ${name} {`, `\ttype ${type}`, `\tsize ${size}`, "\tflags dynamic,timeout", `\ttimeout ${timeout}`, "}"];
}

/** Sets of who has reached whom, and the chain that {@link knownContacts} goes to. */
export function contactParts(name: string, idle = contactIdle): string[] {
  return [
    ...kept(`${name}_4`, "ether_addr . ipv4_addr", maxContacts, idle),
    ...kept(`${name}_6`, "ether_addr . ipv6_addr", maxContacts, idle),
    ...chain(`${name}_known`, [
      `ether saddr . ip daddr @${name}_4 update @${name}_4 { ether saddr . ip daddr } accept`,
      `ether saddr . ip6 daddr @${name}_6 update @${name}_6 { ether saddr . ip6 daddr } accept`,
    ]),
  ];
}

/** The rule that lets whatever goes to a known contact pass. */
export function knownContacts(name: string): string {
  return `jump ${name}_known`;
}

/** Makes the target one. Where no place is left it stays new, and counts again. */
export function addContact(name: string): string[] {
  return [`update @${name}_4 { ether saddr . ip daddr }`, `update @${name}_6 { ether saddr . ip6 daddr }`];
}

/** Makes a contact of the sender for the receiver, who may answer it. */
export function addContactOfReceiver(name: string): string[] {
  return [`update @${name}_4 { ether daddr . ip saddr }`, `update @${name}_6 { ether daddr . ip6 saddr }`];
}
