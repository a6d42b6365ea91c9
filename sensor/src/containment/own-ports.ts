import { SensorError } from "../errors.ts";
import { localInterfaces } from "../placement/interfaces.ts";
import type { FdbEntry } from "./protected-set.ts";

/** The box's ports, as the bridge's table has them: also of those that are not on it, for one may hang on the switch that the bridge leads to. */
export async function ownPorts(): Promise<FdbEntry[]> {
  const interfaces = await localInterfaces();
  // There is always the loopback. Whoever cannot tell the box's own ports must not contain anybody.
  if (interfaces.length === 0) throw new SensorError("interfaces-unreadable", "cannot read the box's own ports");
  return interfaces.flatMap(({ name, mac }) => (mac === null ? [] : [{ mac, port: name, isOwn: true }]));
}
