/**
 * Where the controller may call out to by itself: the public Internet, and what whoever started it has named. An address
 * book of the internal network is not to be had by setting up channels.
 */
import { lookup as lookUp, type LookupAddress, type LookupAllOptions } from "node:dns";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { ControllerError } from "../errors.ts";

/** Networks that no public receiver is in (IANA special-purpose registries, RFC 6890). */
const closedIpv4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Within 2000::/3, outside of which nothing is public: Teredo and other protocols, documentation, 6to4. */
const closedIpv6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Whether an address is one of the public Internet. */
export function isPublic(address: string): boolean {
  const inner = embeddedIpv4(address);
  if (inner !== null) return isPublic(inner);
  return isIPv6(address) ? open6.check(address, "ipv6") && !closed6.check(address, "ipv6") : !closed4.check(address);
}

const closed4 = new BlockList();
for (const [network, prefix] of closedIpv4) closed4.addSubnet(network, prefix, "ipv4");
const open6 = new BlockList();
open6.addSubnet("2000::", 3, "ipv6");
const closed6 = new BlockList();
for (const [network, prefix] of closedIpv6) closed6.addSubnet(network, prefix, "ipv6");

const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");
mapped.addSubnet("64:ff9b::", 96, "ipv6");

/** The IPv4 address that a mapped (RFC 4291) or translated (RFC 6052) one stands for; null where it stands for itself. */
function embeddedIpv4(address: string): string | null {
  const bare = address.split("%")[0] ?? "";
  if (!isIPv6(bare) || !mapped.check(bare, "ipv6")) return null;
  // The parser of addresses writes the last 32 bits as two groups whatever they came as.
  const written = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const groups = written.split(":").slice(-2);
  const bits = groups.map((group) => Number.parseInt(group === "" ? "0" : group, 16));
  const [high = 0, low = 0] = bits;
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

type Resolve = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

export class AddressGuard {
  readonly #names = new Set<string>();
  readonly #networks = new BlockList();
  readonly #resolve: Resolve;

  /**
   * @param allowed host names, addresses and networks (`10.1.2.0/24`) that may be called although they are not public.
   *   Throws `bad-address`.
   * @param resolve looks a name up; default the system's
   */
  constructor(allowed: readonly string[] = [], resolve: Resolve = lookUp) {
    this.#resolve = resolve;
    for (const entry of allowed) {
      const [address = "", prefix, ...rest] = entry.split("/");
      const family = isIP(address);
      const longest = family === 4 ? 32 : 128;
      if (family === 0 && prefix === undefined && /^[a-z0-9._-]{1,253}$/i.test(address)) {
        this.#names.add(nameOf(address));
      } else if (
        family !== 0 &&
        rest.length === 0 &&
        (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest))
      ) {
        this.#networks.addSubnet(
          address,
          prefix === undefined ? longest : Number(prefix),
          family === 4 ? "ipv4" : "ipv6",
        );
      } else {
        throw new ControllerError("bad-address", `${entry} is no host name, address or network`);
      }
    }
  }

  /** Whether an address that a host of that name has may be called. */
  permits(host: string, address: string): boolean {
    const bare = embeddedIpv4(address) ?? address;
    return (
      isPublic(address) || this.#names.has(nameOf(host)) || this.#networks.check(bare, isIPv6(bare) ? "ipv6" : "ipv4")
    );
  }

  /** Throws `address-refused` where a host is written as an address that may not be called; a name is looked up later. */
  check(host: string): void {
    if (isIP(host) !== 0 && !this.permits(host, host)) throw refusal(host, host);
  }

  /**
   * In place of the system's look-up, for sockets: whoever connects by it connects to the very address that was looked at,
   * so a name that changes its address in between gains nothing.
   */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.#resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, "", 0);
      const permitted = found.filter(({ address }) => this.permits(host, address));
      const [first] = permitted;
      if (first === undefined) {
        callback(refusal(host, found[0]?.address ?? "") as NodeJS.ErrnoException, "", 0);
      } else if (options.all === true) {
        callback(null, permitted);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

function refusal(host: string, address: string): ControllerError {
  const what = host === address ? address : `${host} (${address})`;
  return new ControllerError(
    "address-refused",
    `${what} is not on the public Internet and was not allowed: start the controller with --notify-allow`,
  );
}
