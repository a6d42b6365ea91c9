import { ImageError } from "./errors.ts";
import type { Layer } from "./layer.ts";

/** What is wrong with a list of layers; empty when each name is there once and each need stands before. */
export function faultsOf(layers: readonly Layer[]): readonly string[] {
  const names = new Set<string>();
  const faults: string[] = [];
  for (const layer of layers) {
    if (names.has(layer.name)) faults.push(`there are two layers called ${layer.name}`);
    for (const need of layer.needs) {
      if (!names.has(need)) faults.push(`${layer.name} needs ${need}, which does not stand before it`);
    }
    names.add(layer.name);
  }
  return faults;
}

/** The layers that one layer is made from, itself the last, in the order of the list. */
export function layersFor(layers: readonly Layer[], goal: string): readonly Layer[] {
  const wanted = new Set([goal]);
  for (const layer of layers.toReversed()) {
    if (wanted.has(layer.name)) for (const need of layer.needs) wanted.add(need);
  }
  const found = layers.filter((layer) => wanted.has(layer.name));
  if (found.at(-1)?.name !== goal) throw new ImageError("layer-unknown", `there is no layer ${goal}`);
  return found;
}
