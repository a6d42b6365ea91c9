import type { Hello, LineCheck, Placement, SiteProfile } from "@cordon/contract";
import type { PortLinks } from "./find-placement.ts";
import { addressesOf, localInterfaces, ownMacs, ownNames, portsForHello, type LocalInterface } from "./interfaces.ts";

export interface OwnNamesOptions {
  readonly ports: SiteProfile["ports"];
  readonly placement: Placement;
  readonly controllerHost: string;
  /** The machine's interfaces, none where they cannot be read. Default asks the kernel. */
  readonly readInterfaces?: () => Promise<readonly LocalInterface[]>;
  /** The controller's addresses, none where it cannot be resolved. Default asks the resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

const resolveMs = 2000;

/**
 * What the box and its controller are called. Ports, addresses and the resolver may come long after the
 * start, so it is read again; what cannot be read stays as it was known.
 */
export class OwnNames {
  readonly #options: Required<OwnNamesOptions>;
  #interfaces: readonly LocalInterface[] = [];
  #controller: readonly string[] = [];

  constructor(options: OwnNamesOptions) {
    this.#options = {
      readInterfaces: localInterfaces,
      resolve: (host) => addressesOf(host, resolveMs),
      ...options,
    };
  }

  /** Names on the line, and the controller's addresses. */
  get exclude(): readonly string[] {
    return [...ownNames(this.#interfaces, this.#options.ports), ...this.#controller];
  }

  /** What the bridge is called. */
  get bridge(): { readonly mac: string | null; readonly addresses: readonly string[] } {
    const found = this.#interfaces.find(({ name }) => name === this.#options.ports.bridge);
    return { mac: found?.mac ?? null, addresses: found?.addresses ?? [] };
  }

  /** Whether the cable of a port leads anywhere, read anew; null where that is not known. */
  async readLink(port: string): Promise<boolean | null> {
    const found = (await this.#options.readInterfaces()).find(({ name }) => name === port);
    return found?.hasLink ?? null;
  }

  /** The controller's addresses. */
  get controller(): readonly string[] {
    return this.#controller;
  }

  /** MACs of the ports beside the line. */
  get ownMacs(): readonly string[] {
    return ownMacs(this.#interfaces, this.#options.ports);
  }

  get ports(): Hello["interfaces"] {
    return portsForHello(this.#interfaces, this.#options.ports, this.#options.placement);
  }

  /** Whether the cables of the two ports lead anywhere. */
  get links(): PortLinks {
    const linkOf = (name: string) => this.#interfaces.find((found) => found.name === name)?.hasLink ?? null;
    return { inside: linkOf(this.#options.ports.inside), outside: linkOf(this.#options.ports.outside) };
  }

  /** How fast the cables of the two ports are, in Mbit/s; absent where that is not known. */
  get speeds(): NonNullable<LineCheck["speeds"]> {
    const { inside, outside } = this.#options.ports;
    const speedOf = (name: string) => this.#interfaces.find((found) => found.name === name)?.speedMbps;
    const [inward, outward] = [speedOf(inside), speedOf(outside)];
    return {
      ...(inward === undefined ? {} : { inside: inward }),
      ...(outward === undefined ? {} : { outside: outward }),
    };
  }

  /** Reads the interfaces anew; true where anything of them but their links changed. */
  async refreshInterfaces(): Promise<boolean> {
    const found = await this.#options.readInterfaces();
    if (found.length === 0) return false;
    const isChanged = namesIn(found) !== namesIn(this.#interfaces);
    this.#interfaces = found;
    return isChanged;
  }

  /** Asks for the controller's addresses; true where they changed. */
  async refreshController(): Promise<boolean> {
    const found = [...(await this.#options.resolve(this.#options.controllerHost))].toSorted();
    if (found.length === 0 || found.join() === this.#controller.join()) return false;
    this.#controller = found;
    return true;
  }
}

function namesIn(interfaces: readonly LocalInterface[]): string {
  return JSON.stringify(interfaces.map(({ name, mac, addresses }) => [name, mac, addresses]));
}
