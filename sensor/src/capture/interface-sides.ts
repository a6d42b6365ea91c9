import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Side } from "./frame.ts";

/** Which port stands on which side, by interface name. */
export type PortSides = Readonly<Record<string, Exclude<Side, null>>>;

export interface InterfaceSidesOptions {
  readonly ports: PortSides;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

// An index nobody knows may come with every packet; asking the kernel each time would starve the judge.
const refreshIntervalMs = 500;

/**
 * Interface index → side. A port that was deleted and made again has a new index: an unknown one
 * makes it look anew, at most every half second.
 */
export class InterfaceSides {
  readonly #options: InterfaceSidesOptions;
  #sides: ReadonlyMap<number, Side> = new Map();
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #isRefreshing = false;

  constructor(options: InterfaceSidesOptions) {
    this.#options = options;
  }

  /** The side of a port; null where it is none of ours, or not known yet. */
  sideOf(interfaceIndex: number): Side {
    const side = this.#sides.get(interfaceIndex);
    if (side !== undefined) return side;
    if (!this.#isRefreshing && this.#options.monotonic() - this.#refreshedAt >= refreshIntervalMs) void this.refresh();
    return null;
  }

  /** Reads the indexes from the kernel; keeps what it knew where that fails. */
  async refresh(): Promise<void> {
    this.#isRefreshing = true;
    try {
      this.#sides = await readSides(this.#options.ports);
    } catch {
      // The next unknown index tries again; until then those frames have no side.
    } finally {
      this.#refreshedAt = this.#options.monotonic();
      this.#isRefreshing = false;
    }
  }
}

// Asked by netlink: /sys shows the interfaces of the network namespace it was mounted in, which may be another one.
async function readSides(ports: PortSides): Promise<ReadonlyMap<number, Side>> {
  const { stdout } = await promisify(execFile)("ip", ["-j", "link", "show"], { timeout: 5000 });
  const links = JSON.parse(stdout) as readonly { readonly ifindex?: unknown; readonly ifname?: unknown }[];
  const sides = new Map<number, Side>();
  for (const link of links) {
    if (typeof link.ifindex !== "number" || typeof link.ifname !== "string") continue;
    sides.set(link.ifindex, ports[link.ifname] ?? null);
  }
  return sides;
}
