import { chmod, cp, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packArchive } from "../archive.ts";
import { unifiedKernel } from "../builders/unified-kernel.ts";
import type { BuiltLayer } from "../build-layers.ts";
import { runCommand } from "../command.ts";
import type { Extent } from "../guid-partitions.ts";
import type { Start } from "./machine.ts";

/** Where a file of a built layer lies. */
export type Place = (layer: string, file: string) => string;

export function placeOf(built: ReadonlyMap<string, BuiltLayer>): Place {
  return (layer, file) => join(built.get(layer)?.folder ?? "", file);
}

/** Files of a test for the root, by their path from there. */
export type FilesOfTest = ReadonlyMap<string, Uint8Array | string>;

const guest = join(import.meta.dirname, "guest");

/**
 * The image's initramfs with a second archive behind it, which the kernel unpacks over the first: files
 * of the test for the root. Everything else is the image's own.
 */
async function initramfsWithTest(place: Place, folder: string, more: FilesOfTest = new Map()): Promise<string> {
  const tree = join(folder, "overlay-tree");
  const home = join(tree, "overlay/usr/lib/cordon-quick");
  await mkdir(home, { recursive: true });
  for (const [path, contents] of more) {
    const file = join(tree, "overlay", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  for (const program of ["agent", "below", "start-sensor", "trespass", "quick-init", "office-init", "bare-init"]) {
    await copyFile(join(guest, program), join(home, program));
    await chmod(join(home, program), 0o755);
  }
  const units = join(tree, "overlay/etc/systemd/system");
  await cp(join(guest, "units"), units, { recursive: true });
  await mkdir(join(units, "sysinit.target.wants"));
  await symlink("../test-agent.service", join(units, "sysinit.target.wants/test-agent.service"));
  await packArchive(tree, join(folder, "overlay.initramfs"));
  const whole = join(folder, "initramfs");
  const parts = [place("initramfs", "initramfs"), join(folder, "overlay.initramfs")];
  await writeFile(whole, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
  return whole;
}

/** Without UEFI, and with an init of the test in the place of systemd. */
export async function quickStart(
  place: Place,
  folder: string,
  init: "quick-init" | "office-init" | "bare-init",
  words: readonly string[],
  files: FilesOfTest = new Map(),
): Promise<Start> {
  const commandLine = (await readFile(place("unified-kernel", "command-line"), "utf8")).trim();
  return {
    kind: "direct",
    kernel: place("kernel", "vmlinuz"),
    initramfs: await initramfsWithTest(place, folder, files),
    commandLine: [
      commandLine.replace("console=tty0 ", ""),
      // What guards against leaks between programs of a real processor costs an emulator a quarter of its time.
      "mitigations=off",
      `init=/usr/lib/cordon-quick/${init}`,
      ...words.map((word) => `cordon.test.${word}`),
    ].join(" "),
  };
}

/** As a box starts: UEFI, loader, the disk's own kernel. Nothing is added. */
export async function fullStart(folder: string): Promise<Start> {
  const variables = join(folder, "variables.fd");
  await copyFile("/usr/share/OVMF/OVMF_VARS_4M.fd", variables);
  return { kind: "uefi", variables };
}

/** Puts the agent into what a test disk boots by UEFI: the same program with a second archive in it. */
export async function addAgent(place: Place, folder: string, disk: string, boot: Extent): Promise<void> {
  const commandLine = (await readFile(place("unified-kernel", "command-line"), "utf8")).trim();
  const initramfs = await readFile(await initramfsWithTest(place, folder));
  const program = join(folder, "cordon.efi");
  await writeFile(program, await unifiedKernel(place("kernel", "."), initramfs, commandLine));
  await runCommand("mcopy", ["-o", "-i", `${disk}@@${boot.offsetBytes}`, program, "::/EFI/Linux/cordon-a.efi"]);
}
