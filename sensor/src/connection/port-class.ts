import { vectorOf, vectorPorts, type Vector } from "@cordon/contract";

/**
 * What a destination port stands for. `device` are ports of routers, cameras and databases that
 * worms mix with the named vectors; `udp` and `ping` are contacts without a connection, whatever their
 * port is. In the contract's words all three are vector "other".
 */
export type PortClass = Vector | "device" | "udp" | "ping";

/** Ports of Mirai's and Mozi's kin and of Lemon Duck beside the named vectors. */
const devicePorts: readonly number[] = [5358, 5555, 6379, 7547, 7574, 8088, 37215, 52869, 60001];

export const portClasses: readonly PortClass[] = [
  "mail",
  "smb",
  "telnet",
  "rdp",
  "ssh",
  "sql",
  "web",
  "device",
  "other",
  "udp",
  "ping",
];

const otherIndex = portClasses.indexOf("other");

const classesByPort: ReadonlyMap<number, PortClass> = new Map<number, PortClass>([
  ...devicePorts.map((port): [number, PortClass] => [port, "device"]),
  ...Object.values(vectorPorts)
    .flat()
    .map((port): [number, PortClass] => [port, vectorOf(port)]),
]);

/** Ports by which worms spread and on which a person's programs rarely meet strangers. */
export const propagationClasses: readonly PortClass[] = ["smb", "telnet", "rdp", "ssh", "sql", "device"];

/** The one UDP port by which a worm spread with a single datagram each: a database's search for servers. */
const udpPropagationPort = 1434;

/** The class of a datagram to this port: what worms fill lines with counts with the propagation ports. */
export function udpClassOf(port: number): PortClass {
  return port === udpPropagationPort ? "sql" : "udp";
}

/** Whether contacts of this class are asked to open a connection, so that one that nobody wants is refused. */
export function isStreamClass(portClass: PortClass): boolean {
  return portClass !== "udp" && portClass !== "ping";
}

/** Where passwords are asked for: file transfer, secure shell, telnet, databases, remote desktops. */
export const loginPorts: readonly number[] = [21, 22, 23, 1433, 2222, 2323, 3306, 3389, 5900];

/** By port, the place of its class. */
const classTable = Uint8Array.from({ length: 65_536 }, (_, port) =>
  portClasses.indexOf(classesByPort.get(port) ?? "other"),
);

export function portClassOf(port: number): PortClass {
  return portClasses[classTable[port] ?? otherIndex] ?? "other";
}

const indexByClass: ReadonlyMap<PortClass, number> = new Map(portClasses.map((portClass, index) => [portClass, index]));

/** A small number for keys of Maps. */
export function portClassIndex(portClass: PortClass): number {
  return indexByClass.get(portClass) ?? otherIndex;
}

/** Whether it is one of {@link propagationClasses}; asked of each contact many times. */
export function isPropagationClass(portClass: PortClass): boolean {
  switch (portClass) {
    case "smb":
    case "telnet":
    case "rdp":
    case "ssh":
    case "sql":
    case "device":
      return true;
    default:
      return false;
  }
}

export function vectorOfClass(portClass: PortClass): Vector {
  return portClass === "device" || portClass === "udp" || portClass === "ping" ? "other" : portClass;
}

/**
 * Above the ports that only a system may give: messages of devices and telephones, calls, directories, files, printers,
 * databases, and watching over servers. Their clients come back by the clock, with a name that was looked up long ago.
 */
const knownServices: ReadonlySet<number> = new Set([
  ...[1521, 1883, 2049, 2883, 3128, 3268, 3269, 3478, 5060, 5061, 5222, 5223, 5228, 5229, 5230, 5269, 5349, 5432, 5671],
  ...[5672, 5938, 6514, 7680, 8009, 8086, 8123, 8883, 9092, 9100, 9200, 10_050, 10_051, 11_211, 27_017],
]);

/** Whether programs of people and devices are known to call this port. */
export function isKnownService(port: number): boolean {
  return port < 1024 || knownServices.has(port);
}

/** Where peers of shared files, currencies, anonymity and synchronised folders meet: most of theirs are gone, too. */
const peerPorts: ReadonlySet<number> = new Set([
  ...[411, 1214, 2234, 4001, 4662, 4672, 6346, 6347, 8333, 9001, 9030, 9333, 9735, 18_080, 18_333, 22_000, 26_656],
  ...[30_303, 30_304, 51_413],
]);

/** Whether programs are known to call strangers on this port, most of them in vain. */
export function isPeerPort(port: number): boolean {
  return peerPorts.has(port) || (port >= 6881 && port <= 6999);
}
