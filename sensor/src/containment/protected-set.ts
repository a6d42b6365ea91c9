import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SensorError } from "../errors.ts";

/** One line of the bridge's address table. */
export interface FdbEntry {
  readonly mac: string;
  readonly port: string;
  /** True for addresses of the ports themselves, false for learned ones. */
  readonly isOwn: boolean;
}

// Some 30,000 addresses, twice what the box lets its bridge learn. A kernel without such a bound lets whoever makes up
// addresses fill the table without end, and nobody is to wait for that to be read.
const maxTableBytes = 4 * 1024 * 1024;

/** Reads the bridge's address table, or what it has on one port. Rejects with `fdb-unreadable`, also where it is too long. */
export function readFdb(bridge: string, port: string | null = null): Promise<FdbEntry[]> {
  return readEntries(bridge, ["show", "br", bridge, ...(port === null ? [] : ["brport", port])], port);
}

/** Where the bridge has these addresses now; those that it does not know, or cannot be asked for, are left out. */
export async function locateInFdb(bridge: string, macs: readonly string[]): Promise<FdbEntry[]> {
  if (macs.length === 0) return [];
  const stdout = await new Promise<string>((resolve) => {
    // Its exit code says that some were not found.
    const child = execFile("bridge", ["-j", "-force", "-batch", "-"], { timeout: 5000 }, (_error, out) => resolve(out));
    child.stdin?.on("error", () => {});
    child.stdin?.end(macs.map((mac) => `fdb get ${mac} br ${bridge}\n`).join(""));
  });
  return stdout.split("\n").flatMap((line) => {
    try {
      return entriesIn(line, null);
    } catch {
      // Whoever is not found stays what it was taken for.
      return [];
    }
  });
}

async function readEntries(bridge: string, what: readonly string[], ofPort: string | null): Promise<FdbEntry[]> {
  try {
    const options = { timeout: 5000, maxBuffer: maxTableBytes };
    return entriesIn((await promisify(execFile)("bridge", ["-j", "fdb", ...what], options)).stdout, ofPort);
  } catch (cause) {
    throw new SensorError("fdb-unreadable", `cannot read the address table of ${bridge}`, { cause });
  }
}

/** Asked for one port, the program leaves out which it is. */
function entriesIn(json: string, ofPort: string | null): FdbEntry[] {
  const rows = JSON.parse(json) as readonly {
    readonly mac?: unknown;
    readonly ifname?: unknown;
    readonly state?: unknown;
  }[];
  return rows.flatMap(({ mac, ifname = ofPort, state }) =>
    typeof mac === "string" && typeof ifname === "string"
      ? [{ mac: mac.toLowerCase(), port: ifname, isOwn: state === "permanent" }]
      : [],
  );
}

// An address that was not seen on the outside port for a day has most likely left the site.
const rememberMs = 24 * 3600 * 1000;
const maxRemembered = 4096;

// A machine that has moved to the inside is silent outside from then on; one whose address is claimed by another is not.
const contestedMs = 10 * 60_000;

export interface ProtectedSetOptions {
  /** Name of the port towards the provider. */
  readonly outsidePort: string;
}

/**
 * Who may not be contained: the box itself and whatever stands on the outside port, the gateway
 * above all. The bridge forgets an address after five quiet minutes; this does not. Who is heard on another
 * port loses the protection only when it was not heard outside for ten minutes: else a machine that sends in
 * the gateway's name could have everyone cut off.
 *
 * Ten, although a machine that really moved (a guest of the router's Wi-Fi that comes to the switch; all of them, where swapped
 * cables were put right) cannot be contained for so long: whoever floods in the gateway's name is what the
 * table shows at nearly every look, each of which is two seconds after the last, and the gateway has to be
 * seen at one of them. With two minutes it mostly would not be. Meanwhile the reflex bounds such a machine as any other.
 */
export class ProtectedSet {
  readonly #outsidePort: string;
  readonly #outsideUntil = new Map<string, number>();
  /** Who was heard on another port while it was protected, and until when that counts. */
  readonly #elsewhereUntil = new Map<string, number>();
  readonly #claimedUntil = new Map<string, number>();
  #own: ReadonlySet<string> = new Set();
  #told: ReadonlyMap<string, string> = new Map();

  constructor(options: ProtectedSetOptions) {
    this.#outsidePort = options.outsidePort;
  }

  /** Takes a reading of the address table (time in monotonic milliseconds). */
  learn(entries: readonly FdbEntry[], now: number): void {
    this.#own = new Set(entries.filter((entry) => entry.isOwn).map((entry) => entry.mac));
    for (const memory of [this.#elsewhereUntil, this.#claimedUntil]) {
      for (const [mac, until] of memory) if (until <= now) memory.delete(mac);
    }
    for (const { mac, port, isOwn } of entries) {
      if (isOwn) continue;
      if (port === this.#outsidePort) this.#heardOutside(mac, now);
      else this.#heardElsewhere(mac, now);
    }
    // Those heard outside last stand last, and whoever finds no place has stood there longest.
    for (const [mac, until] of this.#outsideUntil) {
      if (until <= now || this.#outsideUntil.size > maxRemembered) this.#outsideUntil.delete(mac);
    }
  }

  /**
   * Takes over whom the judge names, with the reasons. It can only keep machines from being contained by that, which
   * it decides anyway.
   */
  tell(machines: readonly { readonly mac: string; readonly reason: string }[]): void {
    this.#told = new Map(machines.map(({ mac, reason }) => [mac, reason]));
  }

  /** So many of those heard outside, the last first: they are looked for on other ports as well. */
  remembered(most: number): readonly string[] {
    return [...this.#outsideUntil.keys()].slice(-most).toReversed();
  }

  /** Machines in whose name two send: heard outside, then on another port, then outside again within ten minutes. */
  claimed(): readonly string[] {
    return [...this.#claimedUntil.keys()];
  }

  #heardOutside(mac: string, now: number): void {
    this.#outsideUntil.delete(mac);
    this.#outsideUntil.set(mac, now + rememberMs);
    if (this.#elsewhereUntil.delete(mac)) this.#claimedUntil.set(mac, now + contestedMs);
  }

  #heardElsewhere(mac: string, now: number): void {
    const until = this.#outsideUntil.get(mac);
    if (until === undefined || until <= now || this.#elsewhereUntil.has(mac)) return;
    this.#elsewhereUntil.set(mac, now + contestedMs);
    this.#outsideUntil.set(mac, Math.min(until, now + contestedMs));
  }

  /** Why this MAC may not be contained, in words; null where it may. */
  refusalOf(mac: string): string | null {
    if (mac === "00:00:00:00:00:00") return "the zero address belongs to no machine";
    // The lowest bit of the first byte marks groups (IEEE 802 8.2).
    if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
      return "a multicast or broadcast address belongs to no single machine";
    if (this.#own.has(mac)) return "this is the box itself";
    if (this.#elsewhereUntil.has(mac) && this.#outsideUntil.has(mac)) {
      return "it was heard on the outside port, as the gateway is, less than ten minutes before it was heard inside; after these it may be contained";
    }
    if (this.#outsideUntil.has(mac)) {
      return "it stands on the outside port, as the gateway does; cutting it would cut everyone";
    }
    return this.#told.get(mac) ?? null;
  }
}
