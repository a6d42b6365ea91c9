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

const classesByPort: ReadonlyMap<number, PortClass> = new Map<number, PortClass>([
  ...devicePorts.map((port): [number, PortClass] => [port, "device"]),
  ...Object.values(vectorPorts)
    .flat()
    .map((port): [number, PortClass] => [port, vectorOf(port)]),
]);

/** Ports by which worms spread and on which a person's programs rarely meet strangers. */
export const propagationClasses: readonly PortClass[] = ["smb", "telnet", "rdp", "ssh", "sql", "device"];
const propagation: ReadonlySet<PortClass> = new Set(propagationClasses);

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

export function portClassOf(port: number): PortClass {
  return classesByPort.get(port) ?? "other";
}

/** A small number for keys of Maps. */
export function portClassIndex(portClass: PortClass): number {
  return portClasses.indexOf(portClass);
}

export function isPropagationClass(portClass: PortClass): boolean {
  return propagation.has(portClass);
}

export function vectorOfClass(portClass: PortClass): Vector {
  return portClass === "device" || portClass === "udp" || portClass === "ping" ? "other" : portClass;
}
