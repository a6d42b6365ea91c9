import { chmod, cp, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packArchive } from "../archive.ts";
import { firstEntry, unifiedKernel } from "../builders/unified-kernel.ts";
import type { BuiltLayer } from "../build-layers.ts";
import { runCommand } from "../command.ts";
import type { Extent } from "../disk-partitions.ts";
import { emulators, type EmulatorName } from "./emulators.ts";
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
async function initramfsWithTest(
  place: Place,
  folder: string,
  more: FilesOfTest = new Map(),
  own: string = place("initramfs", "initramfs"),
): Promise<string> {
  const tree = join(folder, "overlay-tree");
  const home = join(tree, "overlay/usr/lib/cordon-quick");
  await mkdir(home, { recursive: true });
  for (const [path, contents] of more) {
    const file = join(tree, "overlay", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  for (const program of [
    "agent",
    "below",
    "start-sensor",
    "trespass",
    "quick-init",
    "office-init",
    "bare-init",
    "update-init",
    "bring-update",
  ]) {
    await copyFile(join(guest, program), join(home, program));
    await chmod(join(home, program), 0o755);
  }
  const units = join(tree, "overlay/etc/systemd/system");
  await cp(join(guest, "units"), units, { recursive: true });
  await mkdir(join(units, "sysinit.target.wants"));
  await mkdir(join(units, "multi-user.target.wants"));
  await symlink("../test-update.service", join(units, "multi-user.target.wants/test-update.service"));
  await symlink("../test-agent.service", join(units, "sysinit.target.wants/test-agent.service"));
  await packArchive(tree, join(folder, "overlay.initramfs"));
  const whole = join(folder, "whole.initramfs");
  const parts = [own, join(folder, "overlay.initramfs")];
  await writeFile(whole, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
  return whole;
}

/** Without UEFI, and with an init of the test in the place of systemd. */
export async function quickStart(
  place: Place,
  folder: string,
  init: Init,
  words: readonly string[],
  files: FilesOfTest = new Map(),
): Promise<Start> {
  const commandLine = (await readFile(place("start", "command-line"), "utf8")).trim();
  return {
    kind: "direct",
    kernel: place("kernel", "vmlinuz"),
    initramfs: await initramfsWithTest(place, folder, files),
    commandLine: [onConsoleOf("pc", commandLine), ...testWords(init, words)].join(" "),
  };
}

export type Init = "quick-init" | "office-init" | "bare-init" | "update-init";

function testWords(init: Init, words: readonly string[]): readonly string[] {
  return [
    // What guards against leaks between programs of a real processor costs an emulator a quarter of its time.
    "mitigations=off",
    `init=/usr/lib/cordon-quick/${init}`,
    ...words.map((word) => `cordon.test.${word}`),
  ];
}

/** With the emulator's own serial line in the place of all that a board may have. */
function onConsoleOf(emulator: EmulatorName, commandLine: string): string {
  const words = commandLine.split(" ").filter((word) => !word.startsWith("console="));
  return [`console=${emulators[emulator].console}`, ...words].join(" ");
}

/**
 * From the card, as a Raspberry Pi's firmware does it, for which no emulator stands in: by the names in `config.txt`, with the
 * words of `cmdline.txt`, all read from the boot partition. An init of the test takes the place of systemd; null: none. `more`: files
 * for the root, and words for the kernel.
 */
export async function cardStart(
  emulator: EmulatorName,
  card: { readonly path: string; readonly boot: Extent },
  place: Place,
  folder: string,
  init: { readonly name: Init; readonly words: readonly string[] } | null,
  more: { readonly files?: FilesOfTest; readonly words: readonly string[] } = { words: [] },
): Promise<Start> {
  const partition = `${card.path}@@${card.boot.offsetBytes}`;
  const textOf = (name: string) => runCommand("mtype", ["-i", partition, `::/${name}`]);
  const fetch = async (name: string) => {
    await runCommand("mcopy", ["-o", "-i", partition, `::/${prefix}${name}`, join(folder, name)]);
    return join(folder, name);
  };
  const config = await textOf("config.txt");
  const named = (pattern: RegExp) => pattern.exec(config)?.[1] ?? "";
  const prefix = named(/^os_prefix=(\S+)$/m);
  const initramfs = await fetch(named(/^initramfs (\S+) followkernel$/m));
  const { deviceTree } = emulators[emulator];
  return {
    kind: "direct",
    kernel: await fetch(named(/^kernel=(\S+)$/m)),
    initramfs:
      init === null && more.files === undefined
        ? initramfs
        : await initramfsWithTest(place, folder, more.files, initramfs),
    commandLine: [
      onConsoleOf(emulator, (await textOf(`${prefix}cmdline.txt`)).trim()),
      ...(init === null ? [] : testWords(init.name, init.words)),
      ...more.words,
    ].join(" "),
    ...(deviceTree === null ? {} : { deviceTree: await fetch(deviceTree) }),
  };
}

/** As a box starts: UEFI, loader, the disk's own kernel. Nothing is added. */
export async function fullStart(folder: string): Promise<Start> {
  const variables = join(folder, "variables.fd");
  await copyFile("/usr/share/OVMF/OVMF_VARS_4M.fd", variables);
  return { kind: "uefi", variables };
}

/** What a test disk starts by UEFI, with a second archive in it and more words for the kernel; alone in a folder, as a release has it. */
export async function entryWithTest(place: Place, folder: string, words: readonly string[] = []): Promise<string> {
  await mkdir(join(folder, "entry"), { recursive: true });
  const commandLine = (await readFile(place("start", "command-line"), "utf8")).trim();
  const initramfs = await readFile(await initramfsWithTest(place, folder));
  const program = join(folder, "entry/cordon.efi");
  await writeFile(program, await unifiedKernel(place("kernel", "."), initramfs, [commandLine, ...words].join(" ")));
  return program;
}

/** Has a test disk start such an entry by UEFI in the place of what was built. */
export async function addAgent(
  place: Place,
  folder: string,
  disk: string,
  boot: Extent,
  words: readonly string[] = [],
): Promise<void> {
  const program = await entryWithTest(place, join(folder, "first-entry"), words);
  await runCommand("mcopy", ["-o", "-i", `${disk}@@${boot.offsetBytes}`, program, `::/${firstEntry}`]);
}
