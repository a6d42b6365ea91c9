import { readFile } from "node:fs/promises";
import { isKeyed, parseSiteProfile, type KeyedProfile } from "@cordon/contract";
import { SensorError } from "../errors.ts";

/** Reads the site profile that provision wrote. */
export async function loadProfile(path: string): Promise<KeyedProfile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new SensorError("profile-unreadable", `cannot read the site profile ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = parseSiteProfile(text);
  if (!parsed.ok) throw new SensorError("profile-invalid", `cannot use the site profile ${path}: ${parsed.error}`);
  if (!isKeyed(parsed.value)) throw new SensorError("profile-invalid", `the site profile ${path} holds no key`);
  return parsed.value;
}
