import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { runCommand } from "./command.ts";

/** The short names of the licences of each package, by its name; a package whose copyright no machine can read has none. */
export type LicencesByPackage = ReadonlyMap<string, readonly string[]>;

/**
 * What the copyright files of Debian's packages say, read from a tar of an unpacked system.
 *
 * @param scratch folder for what is unpacked meanwhile
 */
export async function licencesInTar(tar: string, scratch: string): Promise<LicencesByPackage> {
  const folder = await mkdtemp(join(scratch, "copyright-"));
  try {
    await runCommand("tar", ["--extract", `--file=${tar}`, `--directory=${folder}`, "./usr/share/doc"]);
    return await licencesInFolder(join(folder, "usr/share/doc"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function licencesInFolder(doc: string): Promise<LicencesByPackage> {
  const found = new Map<string, readonly string[]>();
  for (const entry of await readdir(doc, { withFileTypes: true })) {
    // Packages of one source often share a folder, by a link.
    const holder = entry.isSymbolicLink() ? basename(await readlink(join(doc, entry.name))) : entry.name;
    const text = await readFile(join(doc, holder, "copyright"), "utf8").catch(() => "");
    found.set(entry.name, licencesIn(text));
  }
  return found;
}

/**
 * The short names in a machine-readable copyright file, each once, in their order of the alphabet; none where the file is not
 * machine-readable.
 *
 * Source: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/, field "License": its first line is a short name or
 * an expression of such.
 */
export function licencesIn(copyright: string): readonly string[] {
  if (!/^Format: *https?:\/\/\S*copyright-format/m.test(copyright)) return [];
  const names = [...copyright.matchAll(/^License:[ \t]*(\S.*?)[ \t\r]*$/gim)].map(([, name]) => name ?? "");
  return [...new Set(names)].toSorted();
}

const otherNames: Readonly<Record<string, string>> = { expat: "MIT", "mit/x11": "MIT", "apache-2": "Apache-2.0" };

/**
 * A short name of Debian's as SPDX knows it, "GPL-2+" as "GPL-2.0-or-later"; others are given back as they are.
 *
 * Source: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name
 */
export function spdxOf(name: string): string {
  const versioned = /^(A?GPL|LGPL)-?v?(\d)(?:\.(\d))?(?:\.0)?(\+)?$/i.exec(name);
  if (versioned !== null) {
    const [, family = "", major = "", minor = "0", orLater] = versioned;
    return `${family.toUpperCase()}-${major}.${minor}-${orLater === undefined ? "only" : "or-later"}`;
  }
  return otherNames[name.toLowerCase()] ?? name;
}
