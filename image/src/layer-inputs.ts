import { join } from "node:path";
import { build } from "esbuild";
import { bundleCentre, centreFiles } from "../../controller/build.ts";
import { bundleUi } from "../../controller/ui/build.ts";
import { bundleSensor } from "../../sensor/build.ts";
import { lockedRuntime } from "./builders/runtime.ts";
import { capPartsOf } from "./builders/sensor.ts";
import type { BuildContext } from "./build-context.ts";
import { hashInputs } from "./input-hash.ts";
import type { Layer } from "./layer.ts";

type Conditions = Pick<BuildContext, "root" | "mirror" | "release">;

/**
 * A hash, in hex, over everything a layer is made from: its declaration, the code that builds it with
 * all that this code imports, the files it takes, what it depends on otherwise, and the same of the
 * layers it needs (`needed`, their hashes). Nobody has to keep a list of what is imported: the code is
 * hashed as it is bundled, so what is not in it cannot matter.
 */
export async function hashOfInputs(layer: Layer, needed: readonly string[], conditions: Conditions): Promise<string> {
  const { root } = conditions;
  const texts = [JSON.stringify(layer), await codeOf(layer, root), ...(await textsOf(layer, conditions)), ...needed];
  return hashInputs(root, texts, filesOf(layer));
}

/** A kind's builder and all that it imports, as one text. */
export async function codeOf({ kind }: Pick<Layer, "kind">, root: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`image/src/builders/${kind}.ts`],
    write: false,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "silent",
    // All that is loaded, whatever a package says of what its loading does.
    ignoreAnnotations: true,
    // What it makes is an input itself.
    external: ["esbuild"],
  });
  return outputFiles.map(({ text }) => text).join("\n");
}

/** What else decides how a layer comes out. */
async function textsOf(layer: Layer, { root, mirror, release }: Conditions): Promise<readonly string[]> {
  if (layer.kind === "debian") return [mirror ?? ""];
  if (layer.kind === "root") return [release];
  if (layer.kind === "runtime") return [JSON.stringify(await lockedRuntime(root, layer))];
  if (layer.kind === "sensor")
    return (await bundleSensor("cordon-sensor.mjs", join(root, "sensor"))).map(({ text }) => text);
  if (layer.kind === "centre") {
    const controller = join(root, "controller");
    const { files } = await bundleUi("/", join(controller, "ui"));
    return [...(await bundleCentre(controller)), ...files].map(({ contents }) =>
      Buffer.from(contents).toString("utf8"),
    );
  }
  return [];
}

/** Files and folders that a layer takes over as they are, from the root of the checkout. */
function filesOf(layer: Layer): readonly string[] {
  if (layer.kind === "root" || layer.kind === "initramfs") return layer.files;
  if (layer.kind === "centre") return [...centreFiles];
  return layer.kind === "sensor" ? capPartsOf(layer) : [];
}
