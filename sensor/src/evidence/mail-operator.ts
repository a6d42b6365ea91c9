import { getDomain } from "tldts";
import type { AddressKey } from "../packet/packet.ts";

/** Who runs a mail server, as far as can be told from outside. */
export interface MailOperator {
  /** Registered domain of the server's name, or the network of a nameless server. */
  readonly key: string;
  readonly isNamed: boolean;
}

/**
 * Five names of one provider, each with several addresses, are one operator; a server that nobody
 * looked up is told apart by its network (/24; IPv6: /48).
 */
export function mailOperatorOf(name: string | null, address: AddressKey): MailOperator {
  const domain = name === null ? null : registeredDomain(name);
  if (domain !== null) return { key: domain, isNamed: true };
  const network = typeof address === "number" ? String(address >>> 8) : address.slice(0, 6);
  return { key: network, isNamed: false };
}

/** `mx1.mail.example.co.uk` is of `example.co.uk`; null where the name has none. */
export function registeredDomain(name: string): string | null {
  return getDomain(name, { validateHostname: false });
}
