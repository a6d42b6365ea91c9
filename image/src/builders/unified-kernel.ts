import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "../build-context.ts";
import type { UnifiedKernelLayer } from "../layer.ts";
import { withSections } from "../portable-executable.ts";

/** One file for the loader: whoever exchanges the kernel, the initramfs or the root's hash exchanges all of it. */
export async function buildUnifiedKernel(layer: UnifiedKernelLayer, context: BuildContext): Promise<void> {
  const kernel = context.folderOf("kernel");
  const hash = (await readFile(join(context.folderOf("root"), "root-hash"), "utf8")).trim();
  const commandLine = [...layer.commandLine, "cordon.slot=a", `cordon.root-hash=${hash}`].join(" ");
  const initramfs = await readFile(join(context.folderOf("initramfs"), "initramfs"));
  await writeFile(join(context.folder, "cordon.efi"), await unifiedKernel(kernel, initramfs, commandLine));
  await writeFile(join(context.folder, "command-line"), `${commandLine}\n`);
}

/** The parts of a kernel layer's folder with an initramfs and a command line. */
export async function unifiedKernel(folder: string, initramfs: Uint8Array, commandLine: string): Promise<Uint8Array> {
  const release = await readFile(join(folder, "release"), "utf8");
  const text = (value: string) => Buffer.from(value, "utf8");
  return withSections(await readFile(join(folder, "stub.efi")), [
    { name: ".osrel", content: text(`ID=cordon\nNAME=Cordon\nPRETTY_NAME="Cordon"\nVERSION_ID=1\n`) },
    { name: ".cmdline", content: text(commandLine) },
    { name: ".uname", content: text(release.trim()) },
    { name: ".linux", content: await readFile(join(folder, "vmlinuz")) },
    { name: ".initrd", content: initramfs },
  ]);
}
