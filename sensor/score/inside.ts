import { addressKey, formatAddress, parseAddress } from "../src/packet/address.ts";
import { NetSet, privateNets } from "../src/packet/net-set.ts";
import { createPacket, type AddressKey } from "../src/packet/packet.ts";
import { parseFrame } from "../src/packet/parse.ts";
import { WeirdCounter } from "../src/packet/weird.ts";
import { readCaptureFile } from "../src/capture/capture-file/read-capture-file.ts";
import { SensorError } from "../src/errors.ts";
import { infectedAddresses, type Entry } from "./manifest.ts";

const firstFreePort = 1024;
/** Of captures without any private address so many packets tell whose they are. */
const packetsLookedAt = 20_000;

/**
 * The inside network of a labelled capture, as CIDR; empty stands for the private ranges. Infected
 * machines are inside whatever their address is. Where nobody has a private address, the machine
 * that most often speaks from a port of no service is taken for the one behind the capture.
 */
export async function insideOf(path: string, entry: Entry): Promise<readonly string[]> {
  const ranges = NetSet.ofSite([]);
  const isPrivate = (text: string): boolean => {
    const key = parseAddress(text);
    return key !== null && ranges.contains(key);
  };
  const named = infectedAddresses(entry);
  const publicNamed = named.filter((text) => !isPrivate(text));
  if (publicNamed.length > 0) return [...privateNets, ...new Set(publicNamed.map(networkOf))];
  if (named.length > 0) return [];
  if ((entry.top_sources ?? []).some(({ ip }) => isPrivate(ip))) return [];
  const busiest = await busiestClient(path, ranges);
  return busiest === null ? [] : [...privateNets, networkOf(busiest)];
}

function networkOf(text: string): string {
  return text.includes(":") ? `${text}/64` : `${text.slice(0, text.lastIndexOf("."))}.0/24`;
}

/** Null where somebody has a private address after all. */
async function busiestClient(path: string, ranges: NetSet): Promise<string | null> {
  const packet = createPacket();
  const weird = new WeirdCounter();
  const counts = new Map<AddressKey, number>();
  let hasPrivate = false;
  let looked = 0;
  try {
    await readCaptureFile(path, (frame) => {
      looked += 1;
      if (looked > packetsLookedAt || !parseFrame(frame, packet, weird) || packet.kind !== "ip") return;
      const source = addressKey(packet, "source");
      const destination = addressKey(packet, "destination");
      hasPrivate ||= ranges.contains(source) || ranges.contains(destination);
      if (packet.sourcePort >= firstFreePort || packet.sourcePort === -1) {
        counts.set(source, (counts.get(source) ?? 0) + 1);
      }
      if (packet.destinationPort >= firstFreePort) counts.set(destination, (counts.get(destination) ?? 0) + 1);
    });
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
  }
  if (hasPrivate) return null;
  let busiest: AddressKey | null = null;
  for (const [key, count] of counts) if (busiest === null || count > (counts.get(busiest) ?? 0)) busiest = key;
  return busiest === null ? null : formatAddress(busiest);
}
