import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "../build-context.ts";
import { commandLineOf } from "../command-line.ts";
import type { UnifiedKernelLayer } from "../layer.ts";
import { withSections } from "../portable-executable.ts";

/**
 * One file for the loader: whoever exchanges the kernel, the initramfs or the root's hash exchanges all of it. Of several files the
 * loader takes the one with the highest number in its name.
 */
export async function buildUnifiedKernel(layer: UnifiedKernelLayer, context: BuildContext): Promise<void> {
  const kernel = context.folderOf("kernel");
  const commandLine = await commandLineOf(layer, context);
  const initramfs = await readFile(join(context.folderOf("initramfs"), "initramfs"));
  const boot = join(context.folder, "boot");
  for (const folder of ["EFI/BOOT", "EFI/Linux", "loader"]) await mkdir(join(boot, folder), { recursive: true });
  await writeFile(join(boot, firstEntry), await unifiedKernel(kernel, initramfs, commandLine));
  await mkdir(join(context.folder, "entry"));
  await copyFile(join(boot, firstEntry), join(context.folder, "entry/cordon.efi"));
  await copyFile(join(kernel, "loader.efi"), join(boot, "EFI/BOOT/BOOTX64.EFI"));
  await writeFile(join(boot, "loader/loader.conf"), "timeout 0\neditor no\nauto-entries no\nauto-firmware no\n");
  await writeFile(join(context.folder, "command-line"), `${commandLine}\n`);
}

/** The entry of a box that was just made, from the beginning of its boot partition. */
export const firstEntry = "EFI/Linux/cordon-1-a.efi";

/** The parts of a kernel layer's folder with an initramfs and a command line. */
export async function unifiedKernel(folder: string, initramfs: Uint8Array, commandLine: string): Promise<Uint8Array> {
  const release = await readFile(join(folder, "release"), "utf8");
  const text = (value: string) => Buffer.from(value, "utf8");
  return withSections(await readFile(join(folder, "stub.efi")), [
    // The same in every release: where these differ the loader goes by them before it goes by the name.
    { name: ".osrel", content: text(`ID=cordon\nNAME=Cordon\nPRETTY_NAME="Cordon"\nVERSION_ID=1\n`) },
    { name: ".cmdline", content: text(commandLine) },
    { name: ".uname", content: text(release.trim()) },
    { name: ".linux", content: await readFile(join(folder, "vmlinuz")) },
    { name: ".initrd", content: initramfs },
  ]);
}
