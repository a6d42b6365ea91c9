import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Hello, Placement, SiteProfile } from "@cordon/contract";

/** One interface of this machine. */
export interface LocalInterface {
  readonly name: string;
  readonly mac: string | null;
  readonly addresses: readonly string[];
  /** Whether its cable leads to something that is on; absent where that is not known. */
  readonly hasLink?: boolean;
  /** How fast its cable is, in Mbit/s; absent where its driver does not say. */
  readonly speedMbps?: number;
}

// Asked by netlink: /sys shows the interfaces of the network namespace it was mounted in, which may be another one.
/** The machine's interfaces; none where they cannot be read. */
export async function localInterfaces(): Promise<readonly LocalInterface[]> {
  try {
    const { stdout } = await promisify(execFile)("ip", ["-j", "address", "show"], { timeout: 5000 });
    const found = interfacesIn(stdout);
    return await Promise.all(
      found.map(async (one) => {
        const speedMbps = one.hasLink === true ? await speedOf(one) : null;
        return speedMbps === null ? one : { ...one, speedMbps };
      }),
    );
  } catch {
    // What the box is called on its own line is only needed to leave it out of judging.
    return [];
  }
}

/**
 * The speed of a port's cable in Mbit/s by its driver's word; null where it has none, as a virtual one's, or where the
 * folder shows another interface of the same name. No tool of the image tells it by netlink.
 */
export async function speedOf(
  { name, mac }: Pick<LocalInterface, "name" | "mac">,
  folder = "/sys/class/net",
): Promise<number | null> {
  try {
    const read = async (file: string) => (await readFile(join(folder, name, file), "utf8")).trim();
    if ((await read("address")) !== mac) return null;
    const speed = Number(await read("speed"));
    return Number.isInteger(speed) && speed > 0 ? speed : null;
  } catch {
    // EINVAL of an interface without a cable, or without the notion of a speed.
    return null;
  }
}

/** Reads what `ip -j address show` prints. */
export function interfacesIn(json: string): readonly LocalInterface[] {
  const links: unknown = JSON.parse(json);
  if (!Array.isArray(links)) return [];
  return (links as readonly Record<string, unknown>[]).flatMap((link) => {
    if (typeof link["ifname"] !== "string") return [];
    const mac = typeof link["address"] === "string" && macPattern.test(link["address"]) ? link["address"] : null;
    const infos = Array.isArray(link["addr_info"]) ? (link["addr_info"] as readonly Record<string, unknown>[]) : [];
    const addresses = infos.flatMap((info) => (typeof info["local"] === "string" ? [info["local"]] : []));
    const hasLink = linkByState.get(link["operstate"]);
    return [{ name: link["ifname"], mac, addresses, ...(hasLink === undefined ? {} : { hasLink }) }];
  });
}

/** RFC 2863 ifOperStatus, as Linux writes it; the rest say nothing. */
const linkByState: ReadonlyMap<unknown, boolean> = new Map([
  ["UP", true],
  ["DOWN", false],
  ["LOWERLAYERDOWN", false],
]);

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** What the image calls a port that is not on the line. */
const managementPort = "mgmt0";

/** The ports of the profile, and one beside the line where there is one, as the controller is told of them. */
export function portsForHello(
  interfaces: readonly LocalInterface[],
  ports: SiteProfile["ports"],
  placement: Placement,
): Hello["interfaces"] {
  const macOf = (name: string) => interfaces.find((candidate) => candidate.name === name)?.mac ?? null;
  const beside = interfaces.filter(({ name }) => name === managementPort);
  const inside = { name: ports.inside, role: "inside", mac: macOf(ports.inside) } as const;
  const line: Hello["interfaces"] = [
    inside,
    { name: ports.outside, role: "outside", mac: macOf(ports.outside) },
    { name: ports.bridge, role: "management", mac: macOf(ports.bridge) },
  ];
  return [
    // One port receives the copies; there is no other side, and no bridge.
    ...(placement === "mirror" ? [inside] : line),
    ...beside.map(({ name, mac }) => ({ name, role: "management" as const, mac })),
  ];
}

/** The box's own MACs and addresses on the line: it is none of the site's hosts. */
export function ownNames(interfaces: readonly LocalInterface[], ports: SiteProfile["ports"]): string[] {
  const line = new Set([ports.bridge, ports.inside, ports.outside]);
  const names = interfaces.filter(({ name }) => line.has(name)).flatMap(({ mac, addresses }) => [mac, ...addresses]);
  return [...new Set(names.filter((name): name is string => name !== null))];
}

/**
 * MACs of the box's ports that are not on the line. They may hang on the same switch; their addresses say
 * nothing, for they may lie in a network of its own.
 */
export function ownMacs(interfaces: readonly LocalInterface[], ports: SiteProfile["ports"]): string[] {
  const onLine = new Set(ownNames(interfaces, ports));
  const macs = interfaces.flatMap(({ mac }) => (mac === null || mac === noMac || onLine.has(mac) ? [] : [mac]));
  return [...new Set(macs)];
}

// Of the loopback.
const noMac = "00:00:00:00:00:00";

/** The addresses of a host by name; none where it cannot be resolved within the time. */
export async function addressesOf(host: string, timeoutMs: number): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const late = new Promise<string[]>((resolve) => setTimeout(() => resolve([]), timeoutMs).unref());
  const found = lookup(host, { all: true }).then(
    (entries) => entries.map(({ address }) => address),
    () => [],
  );
  return Promise.race([found, late]);
}
