import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ProvisionError } from "../errors.ts";

/** Throws `output-refused` where a label could not be written, before there is one. */
export async function checkLabelPlace(path: string, { isForced }: { readonly isForced: boolean }): Promise<void> {
  const refuse = (words: string, cause?: unknown): never => {
    throw new ProvisionError("output-refused", `cannot write the label ${path}: ${words}`, { cause });
  };
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() === true) refuse("it is a folder");
  if (there !== null && !isForced) refuse("it is there already; --force writes over it");
  await access(there === null ? dirname(path) : path, constants.W_OK).catch((cause: unknown) =>
    refuse((cause as Error).message, cause),
  );
}
