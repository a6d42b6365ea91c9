import { SensorError } from "../errors.ts";
import { fingerprintOf, readElements } from "./kernel-table.ts";
import type { Nft } from "./nft.ts";
import { gatewayRemedySets } from "./remedy-nft.ts";
import { routingTableName, routingVersionPrefix, type Routing } from "./routing-nft.ts";
import { tableName } from "./skeleton.ts";

export interface RoutingKeeperOptions {
  readonly nft: Nft;
  readonly routing: Routing;
  /** The box's IPv4 address in the repair network. */
  readonly insideAddress: string;
  /** Whether the kernel forwards. */
  readonly forwarding: {
    readonly read: () => Promise<boolean>;
    readonly write: (isOn: boolean) => Promise<void>;
  };
}

/**
 * Holds what a gateway forwards and translates. Forwarding is switched on only while the table is known to be in
 * force, and off where it cannot be put back: a repair network without a way out does no harm.
 */
export class RoutingKeeper {
  readonly #options: RoutingKeeperOptions;
  #fingerprint: string | null = null;

  constructor(options: RoutingKeeperOptions) {
    this.#options = options;
  }

  /** Puts all of it into force; rejects where the kernel refuses, with forwarding off. */
  async start(): Promise<void> {
    // A table that another process left in force goes on as it is: replacing it would lose its count, and no packet.
    await this.#keep(() => this.#load());
  }

  /** Whether table and forwarding are as they should be. Changes nothing. */
  async isInForce(): Promise<boolean> {
    return (await this.#isIntact()) && (await this.#options.forwarding.read());
  }

  /** Puts back what is missing; true where anything was. */
  async check(): Promise<boolean> {
    let isMended = false;
    await this.#keep(async () => {
      if (!(await this.#isIntact())) {
        isMended = true;
        await this.#load();
      }
      // Whatever stands there is asked for names and the page by who is cut off.
      const { nft, insideAddress } = this.#options;
      const own = [...(await readElements(nft, "set", gatewayRemedySets.box)).keys()];
      if (own.every((address) => address === insideAddress)) return;
      isMended = true;
      await nft.load(`flush set bridge ${tableName} ${gatewayRemedySets.box}\n`);
    });
    return isMended;
  }

  async #keep(load: () => Promise<void>): Promise<void> {
    const { nft, insideAddress, forwarding } = this.#options;
    try {
      await load();
    } catch (error) {
      await forwarding.write(false);
      throw error;
    }
    // The other table may have been made anew; adding what is there changes nothing.
    await nft.load(`add element bridge ${tableName} ${gatewayRemedySets.box} { ${insideAddress} }\n`);
    if (!(await forwarding.read())) await forwarding.write(true);
  }

  async #load(): Promise<void> {
    const { nft, routing } = this.#options;
    // Also what stands there under the right name: a hand may have changed it while nobody looked.
    await nft.load(routing.text);
    const loaded = await this.#read();
    if (loaded?.version !== routing.version) {
      throw new SensorError("routing-missing", "the table of what is forwarded is not there although nft loaded it");
    }
    this.#fingerprint = loaded.fingerprint;
  }

  async #isIntact(): Promise<boolean> {
    const table = await this.#read();
    return table?.version === this.#options.routing.version && table.fingerprint === this.#fingerprint;
  }

  async #read(): Promise<{ readonly version: string | null; readonly fingerprint: string } | null> {
    const objects = await this.#options.nft.list(["table", "inet", routingTableName]);
    if (objects === null) return null;
    const names = objects.flatMap((object) => {
      const { name } = (object["counter"] ?? {}) as { readonly name?: unknown };
      return typeof name === "string" ? [name] : [];
    });
    const version = names.find((name) => name.startsWith(routingVersionPrefix));
    return { version: version?.slice(routingVersionPrefix.length) ?? null, fingerprint: fingerprintOf(objects) };
  }
}
