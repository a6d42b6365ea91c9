import { readFile } from "node:fs/promises";
import { parseSiteProfile, type SiteProfile } from "@cordon/contract";
import { SensorError } from "../errors.ts";

/** Reads the site profile that provision wrote. */
export async function loadProfile(path: string): Promise<SiteProfile> {
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
  return parsed.value;
}
