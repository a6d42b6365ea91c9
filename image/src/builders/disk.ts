import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../command.ts";
import { sourceDateEpoch, type BuildContext } from "../build-context.ts";
import type { DiskLayer, Partition } from "../layer.ts";
import { users } from "../users.ts";

/** Puts the partitions together without mounting anything and without loop devices. */
export async function buildDisk(layer: DiskLayer, context: BuildContext): Promise<void> {
  const inputs = join(context.folder, "inputs");
  const outputs = join(context.folder, "outputs");
  for (const folder of [inputs, outputs, join(context.folder, "empty")]) await mkdir(folder);
  await copyFile(join(context.folderOf("root"), "root.squashfs"), join(inputs, "root.squashfs"));
  await copyFile(join(context.folderOf("root"), "root.verity"), join(inputs, "root.verity"));
  await copyFile(join(context.folderOf("kernel"), "loader.efi"), join(inputs, "loader.efi"));
  await copyFile(join(context.folderOf("unified-kernel"), "cordon.efi"), join(inputs, "cordon.efi"));
  await writeFile(join(inputs, "loader.conf"), "timeout 0\neditor no\nauto-entries no\nauto-firmware no\n");
  await writeFile(join(inputs, "README.TXT"), "Cordon: cordon/profile.json and cordon/ports come from provision.\r\n");
  await writeFile(join(context.folder, "genimage.cfg"), renderConfig(layer));
  await runCommand(
    "genimage",
    [
      ...["--config", join(context.folder, "genimage.cfg"), "--inputpath", inputs, "--outputpath", outputs],
      ...["--rootpath", join(context.folder, "empty"), "--tmppath", join(context.folder, "tmp")],
    ],
    { cwd: context.folder, env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch) } },
  );
  await rename(join(outputs, "disk.img"), join(context.folder, "disk.img"));
  for (const folder of ["inputs", "outputs", "empty", "tmp"]) {
    await rm(join(context.folder, folder), { recursive: true, force: true });
  }
}

/** genimage's own language. */
export function renderConfig(layer: DiskLayer): string {
  const sizeOf = (content: Partition["content"]) => layer.partitions.find((each) => each.content === content)?.sizeMb;
  const boot = [
    "image boot.vfat {",
    "\tvfat {",
    '\t\tlabel = "CORDON"',
    `\t\textraargs = "-i ${layer.volumeId}"`,
    '\t\tfile EFI/BOOT/BOOTX64.EFI { image = "loader.efi" }',
    '\t\tfile loader/loader.conf { image = "loader.conf" }',
    '\t\tfile EFI/Linux/cordon-a.efi { image = "cordon.efi" }',
    '\t\tfile cordon/README.TXT { image = "README.TXT" }',
    "\t}",
    `\tsize = ${sizeOf("boot") ?? 0}M`,
    "}",
  ];
  const filesystems = layer.partitions.flatMap((partition) => {
    if (partition.content !== "ext4") return [];
    const { id } = users[partition.owner];
    return [
      `image ${partition.name}.ext4 {`,
      "\text4 {",
      "\t\tuse-mke2fs = true",
      `\t\tlabel = "${partition.name}"`,
      `\t\textraargs = "-U ${partition.uuid} -E root_owner=${id}:${id},hash_seed=${partition.uuid}"`,
      "\t}",
      `\tsize = ${partition.sizeMb}M`,
      "}",
    ];
  });
  const images = {
    boot: () => "boot.vfat",
    root: () => "root.squashfs",
    verity: () => "root.verity",
    ext4: (name: string) => `${name}.ext4`,
    empty: () => null,
  } as const;
  const partitions = layer.partitions.flatMap((partition) => {
    const image = images[partition.content](partition.name);
    return [
      `\tpartition ${partition.name} {`,
      ...(image === null ? [] : [`\t\timage = "${image}"`]),
      `\t\tpartition-type-uuid = "${partition.type}"`,
      `\t\tpartition-uuid = "${partition.uuid}"`,
      `\t\tsize = ${partition.sizeMb}M`,
      ...(partition.content === "boot" ? ["\t\tbootable = true"] : []),
      "\t}",
    ];
  });
  return [
    ...boot,
    ...filesystems,
    "image disk.img {",
    "\thdimage {",
    '\t\tpartition-table-type = "gpt"',
    `\t\tdisk-uuid = "${layer.uuid}"`,
    "\t}",
    ...partitions,
    "}",
    "",
  ].join("\n");
}
