import { vectorOf, vectorPorts, type Vector } from "@cordon/contract";

/**
 * What a destination port stands for. `device` are ports of routers, cameras and databases that
 * worms mix with the named vectors; in the contract's words they are vector "other".
 */
export type PortClass = Vector | "device";

/** Ports of Mirai's and Mozi's kin and of Lemon Duck beside the named vectors. */
const devicePorts: readonly number[] = [5358, 5555, 6379, 7547, 7574, 8088, 37215, 52869, 60001];

const classes: readonly PortClass[] = ["mail", "smb", "telnet", "rdp", "ssh", "sql", "web", "device", "other"];

const classesByPort: ReadonlyMap<number, PortClass> = new Map<number, PortClass>([
  ...devicePorts.map((port): [number, PortClass] => [port, "device"]),
  ...Object.values(vectorPorts)
    .flat()
    .map((port): [number, PortClass] => [port, vectorOf(port)]),
]);

/** Ports by which worms spread and on which a person's programs rarely meet strangers. */
const propagation: ReadonlySet<PortClass> = new Set<PortClass>(["smb", "telnet", "rdp", "ssh", "sql", "device"]);

export function portClassOf(port: number): PortClass {
  return classesByPort.get(port) ?? "other";
}

/** A small number for keys of Maps. */
export function portClassIndex(portClass: PortClass): number {
  return classes.indexOf(portClass);
}

export function isPropagationClass(portClass: PortClass): boolean {
  return propagation.has(portClass);
}

export function vectorOfClass(portClass: PortClass): Vector {
  return portClass === "device" ? "other" : portClass;
}
