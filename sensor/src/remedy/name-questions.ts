import { addressKey, formatAddress } from "../packet/address.ts";
import { parseDns, type DnsMessage } from "../packet/dns.ts";
import { protocols, type AddressKey, type Packet } from "../packet/packet.ts";
import { WeirdCounter } from "../packet/weird.ts";

/** An answer to a question that was seen. */
export interface NameAnswer {
  /** Who asked, and by its address. */
  readonly mac: number;
  readonly resolver: AddressKey;
  readonly name: string;
  readonly addresses: readonly { readonly address: AddressKey; readonly ttlSeconds: number }[];
  readonly at: number;
}

const dnsPort = 53;
// A resolver that has to ask others takes seconds; whoever waits longer has asked again.
const patienceMs = 6000;
const maxPending = 4096;
// So that no machine pushes the questions of all others out.
const maxPendingPerHost = 128;

/**
 * Matches answers to questions that were seen going out. An answer counts that comes in by the outside port, from
 * whom the question went to, to where it came from (card, address and port), with its id and its
 * very question; once.
 */
export class NameQuestions {
  readonly #pending = new Map<string, { readonly mac: number; readonly at: number }>();
  readonly #countByMac = new Map<number, number>();
  readonly #weird = new WeirdCounter();

  /** Takes a packet; the answer that it is, or null. */
  observe(packet: Packet, at: number): NameAnswer | null {
    if (packet.protocol !== protocols.udp || packet.kind !== "ip" || packet.isLaterFragment) return null;
    if (packet.mark !== "seen" || packet.payloadOffset < 0) return null;
    if (packet.side === "inside" && packet.destinationPort === dnsPort) this.#question(packet, at);
    else if (packet.side === "outside" && packet.sourcePort === dnsPort) return this.#answer(packet, at);
    return null;
  }

  /** Questions that wait for an answer. */
  get pending(): number {
    return this.#pending.size;
  }

  #question(packet: Packet, at: number): void {
    const message = this.#parse(packet);
    if (message === null || message.isResponse || packet.sourceMac === -1) return;
    this.#expire(at);
    const key = keyOf(
      packet.sourceMac,
      addressKey(packet, "source"),
      packet.sourcePort,
      addressKey(packet, "destination"),
      message,
    );
    const count = this.#countByMac.get(packet.sourceMac) ?? 0;
    if (key === null || this.#pending.size >= maxPending || count >= maxPendingPerHost) return;
    // A repetition waits anew, and counts as the youngest.
    if (this.#pending.delete(key)) this.#count(packet.sourceMac, -1);
    this.#pending.set(key, { mac: packet.sourceMac, at });
    this.#count(packet.sourceMac, 1);
  }

  #answer(packet: Packet, at: number): NameAnswer | null {
    const message = this.#parse(packet);
    if (message === null || !message.isResponse) return null;
    const resolver = addressKey(packet, "source");
    const key = keyOf(
      packet.destinationMac,
      addressKey(packet, "destination"),
      packet.destinationPort,
      resolver,
      message,
    );
    const asked = key === null ? undefined : this.#pending.get(key);
    if (key === null || asked === undefined || at - asked.at > patienceMs) return null;
    this.#pending.delete(key);
    this.#count(asked.mac, -1);
    const name = message.questions[0]?.name ?? "";
    // What else the answer holds was not asked for.
    const addresses = message.addresses.filter((record) => record.name === name);
    return { mac: asked.mac, resolver, name, at, addresses };
  }

  #parse(packet: Packet): DnsMessage | null {
    return parseDns(packet.bytes, packet.payloadOffset, packet.payloadLength, this.#weird);
  }

  #expire(at: number): void {
    for (const [key, { mac, at: askedAt }] of this.#pending) {
      if (at - askedAt <= patienceMs) return;
      this.#pending.delete(key);
      this.#count(mac, -1);
    }
  }

  #count(mac: number, by: 1 | -1): void {
    const count = (this.#countByMac.get(mac) ?? 0) + by;
    if (count === 0) this.#countByMac.delete(mac);
    else this.#countByMac.set(mac, count);
  }
}

/** All that a question and its answer have in common; null where it is no single question. */
function keyOf(
  mac: number,
  asker: AddressKey,
  port: number,
  resolver: AddressKey,
  { id, questions }: DnsMessage,
): string | null {
  const [question] = questions;
  if (question === undefined || questions.length !== 1 || mac === -1) return null;
  return [mac, formatAddress(asker), port, formatAddress(resolver), id, question.type, question.name].join(" ");
}
