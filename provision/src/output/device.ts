/** What Linux says of a disk or card, before anything is written to it. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, join } from "node:path";

export interface Device {
  readonly path: string;
  /** Vendor and model, as the device says; empty where it says nothing. */
  readonly model: string;
  readonly sizeBytes: number;
  /** A card, a USB disk, or a file that plays one; others are built in. */
  readonly isRemovable: boolean;
  readonly isPartition: boolean;
  readonly isWriteProtected: boolean;
  /** What it or a part of it is used as: `/home`, `swap`, or the device that is made of it. */
  readonly uses: readonly string[];
}

export interface SystemPlaces {
  /** `/sys`, or what stands for it. */
  readonly sys: string;
  /** `/proc`. */
  readonly proc: string;
}

// linux/types.h: as `stat` gives them in a C library of 64 bits.
const majorOf = (id: number): number => Math.floor(id / 0x100) % 0x1000;
const minorOf = (id: number): number => (id % 0x100) + Math.floor(id / 0x10_0000) * 0x100;

/** Reads what there is to know of a block device. @param deviceId `st_rdev` */
export async function lookAtDevice(
  path: string,
  deviceId: number,
  places: SystemPlaces = { sys: "/sys", proc: "/proc" },
): Promise<Device> {
  const number = `${majorOf(deviceId)}:${minorOf(deviceId)}`;
  const folder = await realpath(join(places.sys, "dev/block", number));
  const said = async (file: string): Promise<string> =>
    (await readFile(join(folder, file), "utf8").catch(() => "")).trim();
  const names = await readdir(folder);
  const numbers = [number];
  const holders: string[] = await readdir(join(folder, "holders")).catch(() => []);
  for (const name of names) {
    const ofPart = await said(`${name}/dev`);
    if ((await said(`${name}/partition`)) === "" || ofPart === "") continue;
    numbers.push(ofPart);
    holders.push(...(await readdir(join(folder, name, "holders")).catch(() => [])));
  }
  const model = [await said("device/vendor"), await said("device/model"), await said("device/name")];
  const name = basename(folder);
  return {
    path,
    model: model.filter((part) => part !== "").join(" "),
    sizeBytes: Number(await said("size")) * 512,
    isRemovable: (await said("removable")) === "1" || /\/usb\d|\/mmc_host\/|\/virtual\/block\/loop/.test(folder),
    isPartition: (await said("partition")) !== "",
    isWriteProtected: (await said("ro")) === "1",
    uses: [...(await mountsOf(numbers, places)), ...(await swapsOf(name, places)), ...holders],
  };
}

async function mountsOf(numbers: readonly string[], { proc }: SystemPlaces): Promise<string[]> {
  const lines = (await readFile(join(proc, "self/mountinfo"), "utf8")).split("\n");
  // proc_pid_mountinfo(5): the third field is the device, the fifth where it is mounted.
  return lines.flatMap((line) => {
    const [, , device = "", , at = ""] = line.split(" ");
    return numbers.includes(device) ? [at] : [];
  });
}

async function swapsOf(name: string, { proc }: SystemPlaces): Promise<string[]> {
  const lines = (await readFile(join(proc, "swaps"), "utf8").catch(() => "")).split("\n").slice(1);
  const isPart = new RegExp(`^${name}(p?\\d+)?$`);
  return lines.some((line) => isPart.test(basename(line.split(/\s/)[0] ?? ""))) ? ["swap"] : [];
}

// What a running system stands on.
const systemPlaces = /^\/(boot|usr|var|etc)?(\/|$)|^swap$/;

/** Why a device is not written to, and what to do; null where it may be. */
export function whyNotDevice(
  device: Device,
  sizeBytes: number,
  { isForced }: { readonly isForced: boolean },
): string | null {
  const { path, uses } = device;
  if (device.isPartition) {
    return `is one partition; name the whole disk or card, such as ${path.replace(/p?\d+$/, "")}`;
  }
  const system = uses.find((use) => systemPlaces.test(use));
  if (system !== undefined) return `holds the system of this machine (${system}); take another device`;
  if (uses.length > 0) return `is in use (${uses.join(", ")}); unmount it, or take another device`;
  if (device.isWriteProtected) return "is write-protected; a card has a slide for that at its side";
  if (device.sizeBytes < sizeBytes) {
    return `has ${megabytes(device.sizeBytes)} MB, and the image takes ${megabytes(sizeBytes)} MB; take a larger one`;
  }
  if (!device.isRemovable && !isForced) {
    return "is a built-in disk, neither card nor USB; --force writes to it all the same, and all that is on it is lost";
  }
  return null;
}

/** Whole megabytes, as they are sold. */
export function megabytes(bytes: number): number {
  return Math.floor(bytes / 1_000_000);
}
