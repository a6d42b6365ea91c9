import type { Answer } from "dns-packet";
import { parseAddress } from "./address.ts";
import { readByte } from "./bytes.ts";
import { decodeWhole } from "./dns-records.ts";
import { nameText } from "./name-text.ts";
import type { AddressKey } from "./packet.ts";
import type { WeirdCounter } from "./weird.ts";

/** What a machine says of names on its own link: by multicast DNS (RFC 6762), or in an answer by LLMNR (RFC 4795). */
export interface Announcement {
  /** Names without `.local`, with their addresses. */
  readonly addresses: readonly { readonly name: string; readonly address: AddressKey }[];
  /** Names of the machines that offer the services. */
  readonly targets: readonly string[];
  /** Types of services that are offered, as `_ipp._tcp` (RFC 6763 7). */
  readonly services: readonly string[];
  /** What the machine calls its make: `model` of `_device-info`, `ty` of printers, `md` of media players; null where it says none. */
  readonly model: string | null;
}

const serviceType = /(?:^|\.)(_[a-z0-9-]{1,15}\._(?:tcp|udp))\.local$/;
const modelKeys = /^(?:model|ty|md)=(.+)$/i;
/** More than the most talkative media player has. */
const maxServices = 16;

/**
 * Reads what is said in a response: all its records, in whatever section they stand. Null where it is a question: the
 * answers that it carries are those that it heard (RFC 6762 7.1).
 */
export function parseAnnouncement(
  bytes: Uint8Array,
  offset: number,
  length: number,
  weird: WeirdCounter,
): Announcement | null {
  if (length >= 12 && (readByte(bytes, offset + 2) & 0x80) === 0) return null;
  const decoded = decodeWhole(bytes, { offset, length }, "all", weird);
  if (decoded === null) return null;
  const records = decoded.answers ?? [];
  return {
    addresses: addressesOf(records),
    targets: records.flatMap((record) => (record.type === "SRV" ? (hostName(record.data.target) ?? []) : [])),
    services: servicesOf(records),
    model: modelOf(records),
  };
}

function addressesOf(records: readonly Answer[]): { name: string; address: AddressKey }[] {
  return records.flatMap((record) => {
    if (record.type !== "A" && record.type !== "AAAA") return [];
    const [name, address] = [hostName(record.name), parseAddress(record.data)];
    return name === null || address === null ? [] : [{ name, address }];
  });
}

/** Records that say goodbye live for no time (RFC 6762 10.1). */
function servicesOf(records: readonly Answer[]): string[] {
  const found = new Set<string>();
  for (const record of records) {
    if ((record.type !== "PTR" && record.type !== "SRV") || record.ttl === 0) continue;
    const type = serviceType.exec(record.name.toLowerCase().replace(/\.$/, ""))?.[1];
    if (type !== undefined && found.size < maxServices) found.add(type);
  }
  return [...found];
}

function modelOf(records: readonly Answer[]): string | null {
  for (const record of records) {
    if (record.type !== "TXT") continue;
    for (const text of [record.data].flat()) {
      const model = modelKeys.exec(text.toString("utf8").slice(0, 80))?.[1];
      if (model !== undefined) return nameText(model);
    }
  }
  return null;
}

function hostName(name: string): string | null {
  return nameText(name.replace(/\.$/, "").replace(/\.local$/i, ""));
}
