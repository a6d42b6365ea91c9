import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Side } from "./frame.ts";

/** Which port stands on which side, by interface name. */
export type PortSides = Readonly<Record<string, Exclude<Side, null>>>;

export interface InterfaceSidesOptions {
  readonly ports: PortSides;
  /** The side of what entered by no port: where the box routes, it gives to the bridge what comes from beyond. Absent means none. */
  readonly unnamed?: Exclude<Side, null>;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Interface names by index. Default {@link readInterfaceNames}. */
  readonly readNames?: () => Promise<ReadonlyMap<number, string>>;
}

// An index nobody knows may come with every packet; asking the kernel each time would starve the judge.
const refreshIntervalMs = 500;

/**
 * Interface index → side. A port that was deleted and made again has a new index: an unknown one
 * makes it look anew, at most every half second.
 */
export class InterfaceSides {
  readonly #options: InterfaceSidesOptions & { readonly readNames: () => Promise<ReadonlyMap<number, string>> };
  #sides: ReadonlyMap<number, Side> = new Map();
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #isRefreshing = false;

  constructor(options: InterfaceSidesOptions) {
    this.#options = { readNames: readInterfaceNames, ...options };
  }

  /** The side of a port; null where it is none of ours, or not known yet. */
  sideOf(interfaceIndex: number): Side {
    if (interfaceIndex === 0 && this.#options.unnamed !== undefined) return this.#options.unnamed;
    const side = this.#sides.get(interfaceIndex);
    if (side !== undefined) return side;
    if (!this.#isRefreshing && this.#options.monotonic() - this.#refreshedAt >= refreshIntervalMs) void this.refresh();
    return null;
  }

  /** Reads the indexes from the kernel; keeps what it knew where that fails. */
  async refresh(): Promise<void> {
    this.#isRefreshing = true;
    try {
      const { ports, readNames } = this.#options;
      this.#sides = new Map([...(await readNames())].map(([index, name]) => [index, ports[name] ?? null]));
    } catch {
      // The next unknown index tries again; until then those frames have no side.
    } finally {
      this.#refreshedAt = this.#options.monotonic();
      this.#isRefreshing = false;
    }
  }
}

/** Asks by netlink, since /sys shows the network namespace it was mounted in, which may be another one. */
export async function readInterfaceNames(): Promise<ReadonlyMap<number, string>> {
  const { stdout } = await promisify(execFile)("ip", ["-j", "link", "show"], { timeout: 5000 });
  return parseInterfaceNames(stdout);
}

/** Names by index in the output of `ip -j link show`. */
export function parseInterfaceNames(json: string): ReadonlyMap<number, string> {
  const links = JSON.parse(json) as readonly { readonly ifindex?: unknown; readonly ifname?: unknown }[];
  const names = new Map<number, string>();
  for (const { ifindex, ifname } of links) {
    if (typeof ifindex === "number" && typeof ifname === "string") names.set(ifindex, ifname);
  }
  return names;
}
