import { copyFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "../build-context.ts";
import { commandLineOf } from "../command-line.ts";
import type { PiFirmwareLayer } from "../layer.ts";

/**
 * What a Raspberry Pi's firmware looks for at the beginning of a card, and the folder of the first slot's kernel, which its settings
 * name in their first line: there it is overwritten where another slot is to be started.
 */
export async function buildPiFirmware(layer: PiFirmwareLayer, context: BuildContext): Promise<void> {
  const boot = join(context.folder, "boot");
  const kernel = context.folderOf("kernel");
  const commandLine = await commandLineOf(layer, context);
  await cp(join(kernel, "firmware"), boot, { recursive: true });
  const entry = join(context.folder, "entry");
  await cp(join(kernel, "device-trees"), entry, { recursive: true });
  await copyFile(join(kernel, "vmlinuz"), join(entry, "vmlinuz"));
  await copyFile(join(context.folderOf("initramfs"), "initramfs"), join(entry, "initramfs"));
  await writeFile(join(entry, "cmdline.txt"), `${commandLine}\n`);
  await cp(entry, join(boot, "a"), { recursive: true });
  await writeFile(join(boot, "config.txt"), `os_prefix=a/\n${layer.config.join("\n")}\n`);
  await writeFile(join(context.folder, "command-line"), `${commandLine}\n`);
}
