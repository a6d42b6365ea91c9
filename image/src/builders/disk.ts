import { copyFile, cp, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { runCommand } from "../command.ts";
import { sourceDateEpoch, type BuildContext } from "../build-context.ts";
import { readPartitions } from "../disk-partitions.ts";
import type { DiskLayer, Partition } from "../layer.ts";
import { users } from "../users.ts";

/** Puts the partitions together without mounting anything and without loop devices. */
export async function buildDisk(layer: DiskLayer, context: BuildContext): Promise<void> {
  const inputs = join(context.folder, "inputs");
  const outputs = join(context.folder, "outputs");
  for (const folder of [inputs, outputs, join(context.folder, "empty")]) await mkdir(folder);
  await copyFile(join(context.folderOf("root"), "root.squashfs"), join(inputs, "root.squashfs"));
  await copyFile(join(context.folderOf("root"), "root.verity"), join(inputs, "root.verity"));
  const boot = join(inputs, "boot");
  await cp(join(context.folderOf("start"), "boot"), boot, { recursive: true });
  await mkdir(join(boot, "cordon"));
  await writeFile(
    join(boot, "cordon/README.TXT"),
    "Cordon: cordon/profile.json and cordon/ports come from provision.\r\n",
  );
  await writeFile(join(context.folder, "genimage.cfg"), renderConfig(layer, await filesIn(boot)));
  await runCommand(
    "genimage",
    [
      ...["--config", join(context.folder, "genimage.cfg"), "--inputpath", inputs, "--outputpath", outputs],
      ...["--rootpath", join(context.folder, "empty"), "--tmppath", join(context.folder, "tmp")],
    ],
    {
      cwd: context.folder,
      // The second and third are for mke2fs before 1.47.1, and for the look that genimage takes at what it made.
      env: {
        ...Object.fromEntries(
          ["SOURCE_DATE_EPOCH", "E2FSPROGS_FAKE_TIME", "E2FSCK_TIME"].map((name) => [name, String(sourceDateEpoch)]),
        ),
        // FAT notes times by the clock on the wall.
        TZ: "UTC",
      },
    },
  );
  await reachEndOfTable(join(outputs, "disk.img"));
  await rename(join(outputs, "disk.img"), join(context.folder, "disk.img"));
  for (const folder of ["inputs", "outputs", "empty", "tmp"]) {
    await rm(join(context.folder, folder), { recursive: true, force: true });
  }
}

/**
 * Has an image reach as far as its partitions do. Of an empty one at the end of an MBR genimage writes nothing, and Linux knows no
 * partition that begins behind the end of its disk.
 */
export async function reachEndOfTable(path: string): Promise<void> {
  const disk = await open(path, "r+");
  try {
    const partitions = await readPartitions(disk);
    const end = Math.max(...[...partitions.values()].map(({ offsetBytes, sizeBytes }) => offsetBytes + sizeBytes));
    if ((await disk.stat()).size < end) await disk.truncate(end);
  } finally {
    await disk.close();
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : []))
    .toSorted();
}

/** genimage's own language; `bootFiles`: what the boot partition holds, by paths from its root. */
export function renderConfig(layer: DiskLayer, bootFiles: readonly string[]): string {
  const sizeOf = (content: Partition["content"]) => layer.partitions.find((each) => each.content === content)?.sizeMb;
  const boot = [
    "image boot.vfat {",
    "\tvfat {",
    '\t\tlabel = "CORDON"',
    // The smallest of FAT's kinds that all firmware reads, and its label with no time of today.
    `\t\textraargs = "-F 32 --invariant -i ${layer.volumeId}"`,
    ...bootFiles.map((path) => `\t\tfile ${path} { image = "boot/${path}" }`),
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
      ...(layer.table.kind === "gpt"
        ? [`\t\tpartition-type-uuid = "${partition.type}"`, `\t\tpartition-uuid = "${partition.uuid}"`]
        : [`\t\tpartition-type = ${partition.type}`]),
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
    // Cards and disks write such pieces at a time.
    "\t\talign = 1M",
    ...(layer.table.kind === "gpt"
      ? ['\t\tpartition-table-type = "gpt"', `\t\tdisk-uuid = "${layer.table.uuid}"`]
      : [
          '\t\tpartition-table-type = "mbr"',
          `\t\tdisk-signature = 0x${layer.table.signature.toString(16)}`,
          `\t\textended-partition = ${layer.table.extended}`,
        ]),
    "\t}",
    ...partitions,
    "}",
    "",
  ].join("\n");
}
