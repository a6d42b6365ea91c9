import { readUint32 } from "../packet/bytes.ts";
import { isNeighbourDiscovery } from "../packet/neighbour.ts";
import { isIcmpError, isPing, networkOffset, protocols, type Packet } from "../packet/packet.ts";
import { hashKey, KeyLimiter, maxKeyWords } from "./key-limiter.ts";
import { TokenBucket } from "./token-bucket.ts";
import {
  globalLimit,
  keyIdleMs,
  keysPerRule,
  newcomerLimit,
  perMacLimit,
  selection,
  usualProtocols,
  type KeyField,
  type Match,
  type SelectionRule,
} from "./selection.ts";

export interface SelectorOptions {
  readonly rules: readonly SelectionRule[];
  readonly keysPerRule: number;
  readonly keyIdleMs: number;
  readonly perMac: { readonly perSecond: number; readonly burst: number };
  /** MACs that are not remembered, all together. */
  readonly newcomers: { readonly perSecond: number; readonly burst: number };
  readonly global: { readonly perSecond: number; readonly burst: number };
}

/** The table that the kernel gets. */
export const kernelSelection: SelectorOptions = {
  rules: selection,
  keysPerRule,
  keyIdleMs,
  perMac: perMacLimit,
  newcomers: newcomerLimit,
  global: globalLimit,
};

const flagCombinations = 64;

/** A rule made ready for packets: its sets as bitmaps, its limit as buckets. */
interface Compiled {
  readonly rule: SelectionRule;
  /** Which fields the key has, as a number: that of the rule before is often the same. */
  readonly keyId: number;
  /** Whether IPv4 has limiters of its own, with keys as narrow as its addresses. */
  readonly isByFamily: boolean;
  /** By family, since the kernel's sets have one type of address: IPv4 and all that is no IP, IPv6. */
  readonly limiters: readonly [KeyLimiter, KeyLimiter];
  /** The rates that a key has to be beyond; null where the rule asks for none. */
  readonly rates: readonly [KeyLimiter, KeyLimiter] | null;
  /** By port; empty where the match has none. */
  readonly ports: Uint8Array;
  /** First four bytes of a payload as numbers. */
  readonly starts: readonly number[];
  handedUp: number;
  heldBack: number;
}

/**
 * Chooses the packets to judge out of a capture file, as the rules in the kernel choose them on the
 * wire: the first rule that fits decides, then the limits of the rule's key, of the source MAC and of
 * all. A packet that no rule fits costs a look into a table.
 */
export class Selector {
  readonly #rules: readonly Compiled[];
  /** Rules that a TCP packet with these flags could fit; the same for what is not TCP. */
  readonly #tcpRules: readonly (readonly Compiled[])[];
  readonly #udpRules: readonly Compiled[];
  readonly #icmpRules: readonly Compiled[];
  readonly #arpRules: readonly Compiled[];
  readonly #discoveryRules: readonly Compiled[];
  readonly #otherRules: readonly Compiled[];
  readonly #perMac: KeyLimiter;
  readonly #perPair: KeyLimiter;
  readonly #newcomers: TokenBucket;
  readonly #global: TokenBucket;
  readonly #key = new Int32Array(maxKeyWords);
  readonly #allowanceKey = new Int32Array(maxKeyWords);
  /** Which key was written last for the packet, and its hash. */
  #writtenId = -1;
  #hash = 0;

  constructor(options: SelectorOptions = kernelSelection) {
    const keys = [...new Set(options.rules.map(({ key }) => key.join()))];
    this.#rules = options.rules.map((rule) => compile(rule, keys.indexOf(rule.key.join()), options));
    const ofKinds = (...kinds: readonly SelectionRule["match"]["kind"][]): readonly Compiled[] =>
      this.#rules.filter(({ rule }) => kinds.includes(rule.match.kind));
    this.#tcpRules = Array.from({ length: flagCombinations }, (_, flags) =>
      this.#rules.filter(({ rule: { match, orMatch } }) =>
        [match, orMatch].some(
          (each) => each?.kind === "tcp-payload" || (each?.kind === "tcp" && fitsFlags(each, flags)),
        ),
      ),
    );
    this.#udpRules = ofKinds("udp", "any-udp");
    this.#icmpRules = ofKinds("icmp-error", "ping", "neighbour");
    this.#arpRules = ofKinds("arp");
    this.#discoveryRules = ofKinds("pppoe-discovery");
    this.#otherRules = ofKinds("other-protocol");
    const allowance = (width: number): KeyLimiter =>
      new KeyLimiter({
        width,
        perMinute: options.perMac.perSecond * 60,
        burst: options.perMac.burst,
        capacity: options.keysPerRule,
        idleMs: options.keyIdleMs,
      });
    this.#perMac = allowance(wordsOf("mac", true));
    this.#perPair = allowance(2 * wordsOf("mac", true));
    this.#newcomers = new TokenBucket(options.newcomers);
    this.#global = new TokenBucket(options.global);
  }

  /**
   * The name of the rule by which the packet is handed up, or null where it is not. What the kernel
   * would cut off a copy is cut off here: `payloadLength` shrinks to the rule's snap length.
   */
  select(packet: Packet): string | null {
    const candidates = this.#candidates(packet);
    this.#writtenId = -1;
    for (let index = 0; index < candidates.length; index += 1) {
      const compiled = candidates[index];
      if (compiled === undefined) break;
      if (!fits(compiled, packet) || !this.#isBeyond(compiled, packet)) continue;
      if (!this.#passes(compiled, packet)) {
        compiled.heldBack += 1;
        return null;
      }
      compiled.handedUp += 1;
      if (compiled.rule.beyond !== undefined) packet.mark = "flooded";
      cut(packet, compiled.rule.snapLength);
      return compiled.rule.name;
    }
    return null;
  }

  /** Copies handed up, by rule. */
  handedUp(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rules.map(({ rule, handedUp }) => [rule.name, handedUp]));
  }

  /** Copies held back, by rule, whichever of the limits it was. */
  heldBack(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rules.map(({ rule, heldBack }) => [rule.name, heldBack]));
  }

  #candidates(packet: Packet): readonly Compiled[] {
    if (packet.kind === "arp") return this.#arpRules;
    if (packet.kind === "pppoe-discovery") return this.#discoveryRules;
    if (packet.kind !== "ip" || packet.isLaterFragment) return [];
    switch (packet.protocol) {
      case protocols.tcp:
        return this.#tcpRules[packet.flags] ?? [];
      case protocols.udp:
        return this.#udpRules;
      case protocols.icmp:
      case protocols.icmpv6:
        return this.#icmpRules;
      default:
        return this.#otherRules;
    }
  }

  /** Whether the key has more than the rule leaves to those that follow. */
  #isBeyond(compiled: Compiled, packet: Packet): boolean {
    if (compiled.rates === null) return true;
    this.#writeKey(compiled, packet);
    return !compiled.rates[packet.family === 6 ? 1 : 0].allows(this.#key, packet.at, null, this.#hash);
  }

  #passes(compiled: Compiled, packet: Packet): boolean {
    this.#writeKey(compiled, packet);
    if (!compiled.limiters[packet.family === 6 ? 1 : 0].allows(this.#key, packet.at, null, this.#hash)) return false;
    return this.#isWithinAllowance(compiled.rule.chargedTo, packet) && this.#global.allows(packet.at);
  }

  #writeKey({ rule, keyId, isByFamily }: Compiled, packet: Packet): void {
    if (keyId === this.#writtenId) return;
    const isWide = !isByFamily || packet.family === 6;
    const { key } = rule;
    let words = 0;
    for (let index = 0; index < key.length; index += 1) {
      words += writeField(this.#key, words, key[index] ?? "mac", packet, isWide);
    }
    this.#writtenId = keyId;
    this.#hash = hashKey(this.#key, words);
  }

  #isWithinAllowance(chargedTo: SelectionRule["chargedTo"], packet: Packet): boolean {
    const key = this.#allowanceKey;
    const isReceiver = chargedTo === "receiver";
    const written = writeMac(key, 0, packet, isReceiver, true);
    if (chargedTo === "pair") writeMac(key, written, packet, true, true);
    const limiter = chargedTo === "pair" ? this.#perPair : this.#perMac;
    // Where addresses stand for machines, those of the whole Internet do.
    const hasMac = (isReceiver ? packet.destinationMac : packet.sourceMac) !== -1;
    return limiter.allows(key, packet.at, hasMac ? this.#newcomers : null);
  }
}

function compile(rule: SelectionRule, keyId: number, options: SelectorOptions): Compiled {
  const match = rule.match;
  const hasPorts = match.kind === "udp" || match.kind === "tcp-payload";
  const ports = new Uint8Array(hasPorts ? 65_536 : 0);
  if (hasPorts) for (const port of match.ports) ports[port] = 1;
  const isByFamily = rule.key.includes("source") || rule.key.includes("destination");
  const width = (isWide: boolean): number => rule.key.reduce((words, field) => words + wordsOf(field, isWide), 0);
  const limit = {
    width: width(!isByFamily),
    perMinute: rule.perMinute,
    burst: rule.burst,
    capacity: options.keysPerRule,
    idleMs: options.keyIdleMs,
  };
  const beyond =
    rule.beyond === undefined
      ? undefined
      : { ...limit, perMinute: rule.beyond.perSecond * 60, burst: rule.beyond.burst };
  const limiter = new KeyLimiter(limit);
  return {
    rule,
    keyId,
    isByFamily,
    limiters: [limiter, isByFamily ? new KeyLimiter({ ...limit, width: width(true) }) : limiter],
    rates: beyond === undefined ? null : [new KeyLimiter(beyond), new KeyLimiter({ ...beyond, width: width(true) })],
    ports,
    starts:
      match.kind === "tcp-payload" ? match.starts.map((start) => readUint32(Buffer.from(start, "latin1"), 0)) : [],
    handedUp: 0,
    heldBack: 0,
  };
}

function fits(compiled: Compiled, packet: Packet): boolean {
  const { match, orMatch, isPlainOnly = false } = compiled.rule;
  if (packet.isWrapped) return !isPlainOnly && fitsMatch(match, compiled, packet);
  return fitsMatch(match, compiled, packet) || (orMatch !== undefined && fitsMatch(orMatch, compiled, packet));
}

function fitsFlags({ mask, value }: Extract<Match, { kind: "tcp" }>, flags: number): boolean {
  return (flags & mask) === value;
}

function fitsMatch(match: Match, compiled: Compiled, packet: Packet): boolean {
  switch (match.kind) {
    case "tcp":
      return (
        fitsFlags(match, packet.flags) &&
        hasTcpHeader(packet) &&
        (match.sequence === undefined || match.sequence === packet.sequence)
      );
    case "tcp-payload":
      return (
        packet.payloadLength >= 4 &&
        compiled.ports[packet.destinationPort] === 1 &&
        compiled.starts.includes(readUint32(packet.bytes, packet.payloadOffset))
      );
    case "udp":
      return compiled.ports[packet.sourcePort] === 1 || compiled.ports[packet.destinationPort] === 1;
    case "any-udp":
      return packet.sourcePort >= 0;
    case "other-protocol":
      return packet.protocol >= 0 && !usualProtocols.includes(packet.protocol);
    case "icmp-error":
      return isIcmpError(packet);
    case "ping":
      return isPing(packet);
    case "neighbour":
      return isNeighbourDiscovery(packet);
    case "arp":
    case "pppoe-discovery":
      return true;
  }
}

/** A header cut short has no flags; one that has none set is odd, and has them. */
function hasTcpHeader(packet: Packet): boolean {
  return packet.flags !== 0 || packet.payloadOffset >= 0;
}

/** @param isWide whether addresses may be of IPv6 */
function wordsOf(field: KeyField, isWide: boolean): number {
  if (field === "source-port" || field === "destination-port") return 1;
  if (isWide) return 4;
  return field === "mac" ? 2 : 1;
}

/** Writes a field of the key; the number of words written. */
function writeField(key: Int32Array, at: number, field: KeyField, packet: Packet, isWide: boolean): number {
  switch (field) {
    case "mac":
      return writeMac(key, at, packet, false, isWide);
    case "source":
      return writeAddress(key, at, packet, packet.sourceOffset, isWide);
    case "destination":
      return writeAddress(key, at, packet, packet.destinationOffset, isWide);
    case "source-port":
      key[at] = packet.sourcePort;
      return 1;
    case "destination-port":
      key[at] = packet.destinationPort;
      return 1;
  }
}

/** Writes the MAC of the sender or the receiver; where the link layer names nobody, the address has to stand for the machine. */
function writeMac(key: Int32Array, at: number, packet: Packet, isReceiver: boolean, isWide: boolean): number {
  const mac = isReceiver ? packet.destinationMac : packet.sourceMac;
  if (mac === -1) {
    const offset = isReceiver ? packet.destinationOffset : packet.sourceOffset;
    if (isWide) return writeAddress(key, at, packet, offset, true);
    key[at] = -1;
    return 1 + writeAddress(key, at + 1, packet, offset, false);
  }
  key[at] = Math.floor(mac / 0x1_0000_0000);
  key[at + 1] = mac | 0;
  if (!isWide) return 2;
  key[at + 2] = -2;
  key[at + 3] = -2;
  return 4;
}

function writeAddress(key: Int32Array, at: number, packet: Packet, offset: number, isWide: boolean): number {
  if (packet.family === 6) {
    for (let word = 0; word < 4; word += 1) key[at + word] = readUint32(packet.bytes, offset + word * 4);
    return 4;
  }
  key[at] = packet.family === 4 ? readUint32(packet.bytes, offset) : packet.arpSender;
  if (!isWide) return 1;
  key[at + 1] = -1;
  key[at + 2] = -1;
  key[at + 3] = -1;
  return 4;
}

/** Lets go of what lies behind the rule's snap length, which counts from the IP header on. */
function cut(packet: Packet, snapLength: number): void {
  if (packet.kind !== "ip" || packet.payloadOffset < 0) return;
  const most = networkOffset(packet) + snapLength - packet.payloadOffset;
  if (packet.payloadLength > most) packet.payloadLength = Math.max(0, most);
}
