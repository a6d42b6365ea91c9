import type { Answer } from "dns-packet";
import { parseAddress } from "./address.ts";
import { readByte, readUint16 } from "./bytes.ts";
import { decodeWhole, maxRecords } from "./dns-records.ts";
import type { AddressKey } from "./packet.ts";
import type { WeirdCounter } from "./weird.ts";

export interface DnsQuestion {
  /** In lower case, without the last dot; "" is the root. */
  readonly name: string;
  /** As the registry writes it: "A", "MX", …; "UNKNOWN_65280" for one it does not know. */
  readonly type: string;
}

/** What a DNS message tells. Names are in lower case, without the last dot. */
export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  /** RFC 1035 4.1.1: 0 no error, 2 the server failed, 3 no such name. */
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  /** Each name that leads to the address: the owner's own, and those of the chain of CNAMEs before it. */
  readonly addresses: readonly { readonly name: string; readonly address: AddressKey; readonly ttlSeconds: number }[];
  /** Mail servers by the domain that was asked for. */
  readonly exchanges: readonly { readonly domain: string; readonly exchange: string }[];
}

/**
 * Reads a DNS message. Records that the capture cut off are left out; null, counted as weird, where
 * not even the question can be read. Authority and additional records are not looked at.
 */
export function parseDns(bytes: Uint8Array, offset: number, length: number, weird: WeirdCounter): DnsMessage | null {
  const decoded = decodeWhole(bytes, { offset, length }, "answers", weird);
  if (decoded === null) return null;
  const isResponse = (readByte(bytes, offset + 2) & 0x80) !== 0;
  const answers = decoded.answers ?? [];
  return {
    id: readUint16(bytes, offset),
    isResponse,
    rcode: readByte(bytes, offset + 3) & 0x0f,
    questions: (decoded.questions ?? []).map((question) => ({ name: plainName(question.name), type: question.type })),
    addresses: isResponse ? addressesOf(answers) : [],
    exchanges: isResponse ? exchangesOf(answers) : [],
  };
}

function addressesOf(answers: readonly Answer[]): { name: string; address: AddressKey; ttlSeconds: number }[] {
  const aliasesOf = new Map<string, string[]>();
  for (const answer of answers) {
    if (answer.type !== "CNAME") continue;
    const target = plainName(answer.data);
    aliasesOf.set(target, [...(aliasesOf.get(target) ?? []), plainName(answer.name)]);
  }
  const found: { name: string; address: AddressKey; ttlSeconds: number }[] = [];
  for (const answer of answers) {
    if (answer.type !== "A" && answer.type !== "AAAA") continue;
    const address = parseAddress(answer.data);
    if (address === null) continue;
    for (const name of withAliases(plainName(answer.name), aliasesOf)) {
      if (found.length < maxRecords) found.push({ name, address, ttlSeconds: answer.ttl ?? 0 });
    }
  }
  return found;
}

/** A name and all that lead to it; each once, so that a circle of aliases ends. */
function withAliases(name: string, aliasesOf: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  // A set is walked in the order of insertion, and also over what is added on the way.
  const names = new Set([name]);
  for (const known of names) for (const alias of aliasesOf.get(known) ?? []) names.add(alias);
  return names;
}

function exchangesOf(answers: readonly Answer[]): { domain: string; exchange: string }[] {
  const found: { domain: string; exchange: string }[] = [];
  for (const answer of answers) {
    if (answer.type === "MX") {
      found.push({ domain: plainName(answer.name), exchange: plainName(answer.data.exchange) });
    }
  }
  return found;
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
