import { copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "../build-context.ts";
import { commandLineOf } from "../command-line.ts";
import type { PiFirmwareLayer } from "../layer.ts";

/** What a Raspberry Pi's firmware looks for at the beginning of a card: all in one folder, by these names. */
export async function buildPiFirmware(layer: PiFirmwareLayer, context: BuildContext): Promise<void> {
  const boot = join(context.folder, "boot");
  const kernel = context.folderOf("kernel");
  const commandLine = await commandLineOf(layer, context);
  await mkdir(boot);
  for (const folder of ["firmware", "device-trees"]) await cp(join(kernel, folder), boot, { recursive: true });
  await copyFile(join(kernel, "vmlinuz"), join(boot, "vmlinuz"));
  await copyFile(join(context.folderOf("initramfs"), "initramfs"), join(boot, "initramfs"));
  await writeFile(join(boot, "config.txt"), `${layer.config.join("\n")}\n`);
  await writeFile(join(boot, "cmdline.txt"), `${commandLine}\n`);
  await writeFile(join(context.folder, "command-line"), `${commandLine}\n`);
}
