import { join } from "node:path";
import { runCommand } from "../command.ts";
import type { BuildContext } from "../build-context.ts";
import type { DebianLayer } from "../layer.ts";

/** Packages from the archive, verified by the archive's own signatures, as one tar. */
export async function buildDebian(layer: DebianLayer, context: BuildContext): Promise<void> {
  await runCommand(
    "mmdebstrap",
    [
      "--mode=root",
      `--variant=${layer.variant}`,
      `--arch=${context.architecture}`,
      "--format=tar",
      `--components=${layer.components.join(",")}`,
      `--include=${layer.packages.join(",")}`,
      '--aptopt=APT::Install-Recommends "false"',
      ...layer.without.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...layer.except.map((path) => `--dpkgopt=path-include=${path}`),
      layer.suite,
      join(context.folder, "files.tar"),
      ...(context.mirror === null ? [] : [context.mirror]),
    ],
    { env: { SOURCE_DATE_EPOCH: "1760000000" } },
  );
}
