import { access } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { libraryFolders } from "./layer.ts";

/** Where a Debian system has its libraries, below its root. */
const folders = [...Object.values(libraryFolders), "usr/lib", "usr/lib64"];

interface LibraryNeed {
  /** By its soname, such as `libc.so.6`. */
  readonly library: string;
  /** Versions of its symbols, such as `GLIBC_2.34`. */
  readonly versions: readonly string[];
}

/** What a program or native module asks of libraries, from what `readelf -W -d -V` says of it. */
export function needsIn(words: string): readonly LibraryNeed[] {
  const versions = new Map<string, string[]>();
  for (const [, name] of words.matchAll(/\(NEEDED\).*\[(.+)\]/g)) versions.set(name ?? "", []);
  let library = "";
  for (const line of sectionOf(words, "needs")) {
    library = / File: (\S+)/.exec(line)?.[1] ?? library;
    const version = / Name: (\S+)/.exec(line)?.[1];
    if (version !== undefined) versions.set(library, [...(versions.get(library) ?? []), version]);
  }
  return [...versions].map(([name, each]) => ({ library: name, versions: each }));
}

/** The versions of symbols that a library has, from the same words about the library. */
export function versionsIn(words: string): ReadonlySet<string> {
  return new Set(sectionOf(words, "definition").flatMap((line) => / Name: (\S+)/.exec(line)?.[1] ?? []));
}

function sectionOf(words: string, name: "needs" | "definition"): readonly string[] {
  const [, after = ""] = words.split(new RegExp(`^Version ${name} section .*$`, "m"));
  return (after.split(/^\S/m)[0] ?? "").split("\n");
}

/**
 * What a file, built on one system, needs and another system, unpacked below `tree`, does not have:
 * libraries, and versions of their symbols. One sentence each; none where the file can be loaded there.
 */
export async function missingIn(tree: string, file: string): Promise<readonly string[]> {
  const wordsOf = (path: string) => runCommand("readelf", ["-W", "-d", "-V", path]);
  const missing: string[] = [];
  for (const { library, versions } of needsIn(await wordsOf(file))) {
    const path = await findLibrary(tree, library);
    if (path === null) {
      missing.push(`there is no ${library}`);
      continue;
    }
    const present = versionsIn(await wordsOf(path));
    const absent = versions.filter((version) => !present.has(version));
    if (absent.length > 0) missing.push(`its ${library} has no ${absent.join(", ")}`);
  }
  return missing;
}

async function findLibrary(tree: string, name: string): Promise<string | null> {
  for (const folder of folders) {
    const path = join(tree, folder, name);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}
