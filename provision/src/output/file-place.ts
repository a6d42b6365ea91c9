import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ProvisionError } from "../errors.ts";

/** Throws `output-refused` where a file could not be written, before there is anything to write. @param what the file, as "the label" */
export async function checkFilePlace(
  path: string,
  { what, isForced }: { readonly what: string; readonly isForced: boolean },
): Promise<void> {
  const refuse = (words: string, cause?: unknown): never => {
    throw new ProvisionError("output-refused", `cannot write ${what} ${path}: ${words}`, { cause });
  };
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() === true) refuse("it is a folder");
  if (there !== null && !isForced) refuse("it is there already; --force writes over it");
  await access(there === null ? dirname(path) : path, constants.W_OK).catch((cause: unknown) =>
    refuse((cause as Error).message, cause),
  );
}
