import { remedyPorts } from "@cordon/contract";

/** The names of a list that the service can open: those with the ports that its sets stand for. */
export function openableNames(
  names: readonly { readonly name: string; readonly ports: readonly number[] }[],
): string[] {
  return names.flatMap(({ name, ports }) => (ports.some((port) => remedyPorts.includes(port)) ? [name] : []));
}
