import { join } from "node:path";
import { runCommand } from "../command.ts";
import { sourceDateEpoch, type BuildContext } from "../build-context.ts";
import type { DebianLayer } from "../layer.ts";

const usualMirror = "http://deb.debian.org/debian";

/** Packages from the archive, verified by the archive's own signatures, as one tar; and a list of them. */
export async function buildDebian(layer: DebianLayer, context: BuildContext): Promise<void> {
  const list = join(context.folder, "packages");
  const sources = layer.besides.map(
    (suite) => `deb ${context.mirror ?? usualMirror} ${suite} ${layer.components.join(" ")}`,
  );
  // In mounts of its own: one that is killed leaves none of this machine's folders mounted in the system it had begun.
  await runCommand(
    "unshare",
    [
      ...["--mount", "mmdebstrap", "--mode=root"],
      `--variant=${layer.variant}`,
      `--arch=${layer.architecture}`,
      "--format=tar",
      `--components=${layer.components.join(",")}`,
      `--include=${layer.packages.join(",")}`,
      '--aptopt=APT::Install-Recommends "false"',
      // Beside its own sources, which hold the security updates.
      ...sources.map((source) => `--setup-hook=echo "${source}" >>"$1/etc/apt/sources.list.d/besides.list"`),
      // Nobody needs what a power cut would leave of it: waiting for the disk after each file takes a third of the time.
      "--dpkgopt=force-unsafe-io",
      ...layer.without.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...layer.except.map((path) => `--dpkgopt=path-include=${path}`),
      // What was only unpacked stands in no list of dpkg's.
      layer.variant === "extract"
        ? `--extract-hook=for file in "$1"/var/cache/apt/archives/*.deb; do dpkg-deb --field "$file" Package Version Architecture Source; echo; done >"${list}"`
        : `--customize-hook=cp "$1/var/lib/dpkg/status" "${list}"`,
      layer.suite,
      join(context.folder, "files.tar"),
      ...(context.mirror === null ? [] : [context.mirror]),
    ],
    // In the layer's own folder, so that whatever is left of it goes with that.
    { env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch), TMPDIR: context.folder } },
  );
}
