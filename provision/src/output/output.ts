import { lstat } from "node:fs/promises";
import { ProvisionError } from "../errors.ts";
import { lookAtDevice, whyNotDevice, type Device } from "./device.ts";

/** Where an image goes: a file, a whole disk or card, or stdout. */
export type Output =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "device"; readonly path: string; readonly device: Device }
  | { readonly kind: "stdout" };

/**
 * Says where an image goes, and no where it would take the place of something else, or of somebody's system. Throws `output-refused`.
 *
 * @param path a file, a device, or - for stdout
 * @param sizeBytes how much it is going to be
 */
export async function chosenOutput(
  path: string,
  sizeBytes: number,
  { isForced }: { readonly isForced: boolean },
): Promise<Output> {
  if (path === "-") {
    if (process.stdout.isTTY) throw new ProvisionError("output-refused", "an image is nothing for a terminal");
    return { kind: "stdout" };
  }
  const status = await lstat(path).catch(() => null);
  if (status === null) return { kind: "file", path };
  if (status.isBlockDevice()) {
    const device = await lookAtDevice(path, status.rdev);
    const fault = whyNotDevice(device, sizeBytes, { isForced });
    if (fault !== null) throw new ProvisionError("output-refused", `${path} ${fault}`);
    return { kind: "device", path, device };
  }
  if (!status.isFile()) throw new ProvisionError("output-refused", `${path} is no ordinary file, and no disk or card`);
  if (!isForced) {
    throw new ProvisionError("output-refused", `${path} is there already; --force puts the new image in its place`);
  }
  return { kind: "file", path };
}
