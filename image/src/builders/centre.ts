import { buildCentre as buildParts } from "../../../controller/build.ts";
import type { BuildContext } from "../build-context.ts";
import type { CentreLayer } from "../layer.ts";

/** The program that makes a box its own centre, with the user interface. */
export function buildCentre(_: CentreLayer, context: BuildContext): Promise<void> {
  return buildParts(context.folder);
}
