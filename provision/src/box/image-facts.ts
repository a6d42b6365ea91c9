import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { bootFilesOf } from "../../../image/src/boot-partition.ts";

/** What there is to know of an image before a box is made of it. */
export interface ImageFacts {
  /** Of its file. */
  readonly name: string;
  /** What it starts on: `pc`, `pi`; null where nothing says so. */
  readonly board: string | null;
  /** Whether boxes made of it take releases: without who signs them, they never do. */
  readonly takesUpdates: boolean;
}

/** Reads them off the image and the manifest beside it. Throws `no-box-image` and `image-unreadable`. */
export async function imageFacts(image: string): Promise<ImageFacts> {
  const files = await bootFilesOf(image);
  return { name: basename(image), board: await boardOf(image), takesUpdates: files.has("update-authority.pem") };
}

async function boardOf(image: string): Promise<string | null> {
  try {
    const manifest = JSON.parse(await readFile(image.replace(/\.img$/, ".manifest.json"), "utf8")) as unknown;
    const { board } = manifest as { readonly board?: unknown };
    if (typeof board === "string") return board;
  } catch {
    // The manifest did not come along: the name may still say it.
  }
  return /-(pc|pi)\.img$/.exec(image)?.[1] ?? null;
}
