import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "./command.ts";
import { licencesIn, licencesInTar, spdxOf } from "./debian-licences.ts";

const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2008 Somebody
License: GPL-2+

Files: debian/*
License: GPL-2+

Files: doc/*
License: GFDL-1.3
 Its text, which says License: none

License:
 Whatever stands below.
`;

test("a machine-readable copyright says its licences, each once, and no other says any", () => {
  assert.deepEqual(licencesIn(copyright), ["GFDL-1.3", "GPL-2+"]);
  assert.deepEqual(licencesIn(copyright.replace("Format:", "Format-Specification:")), []);
  assert.deepEqual(licencesIn("This program is free software.\nLicense: GPL-2+\n"), []);
});

test("Debian's short names are SPDX's where both mean the same", () => {
  const cases = [
    ["GPL-2+", "GPL-2.0-or-later"],
    ["GPLv3+", "GPL-3.0-or-later"],
    ["LGPL-2.1", "LGPL-2.1-only"],
    ["LGPL-2.1+", "LGPL-2.1-or-later"],
    ["AGPL-3+", "AGPL-3.0-or-later"],
    ["GPL-2.0+", "GPL-2.0-or-later"],
    ["Expat", "MIT"],
    ["LGPL", "LGPL"],
    ["GPL-2+ with OpenSSL exception", "GPL-2+ with OpenSSL exception"],
  ] as const;
  for (const [debian, spdx] of cases) assert.equal(spdxOf(debian), spdx);
});

test("licences are read from a system's tar, by a link to another package's folder too, and nothing is left behind", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-licences-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const doc = join(folder, "root/usr/share/doc");
  await mkdir(join(doc, "libthing-data"), { recursive: true });
  await mkdir(join(doc, "bare"));
  await writeFile(join(doc, "libthing-data/copyright"), copyright);
  await symlink("libthing-data", join(doc, "libthing1"));
  await symlink("/etc", join(doc, "elsewhere"));
  await runCommand("tar", [
    "--create",
    `--file=${join(folder, "files.tar")}`,
    `--directory=${join(folder, "root")}`,
    ".",
  ]);
  const scratch = join(folder, "scratch");
  await mkdir(scratch);
  const found = await licencesInTar(join(folder, "files.tar"), scratch);
  assert.deepEqual(
    [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ["bare", []],
      ["elsewhere", []],
      ["libthing-data", ["GFDL-1.3", "GPL-2+"]],
      ["libthing1", ["GFDL-1.3", "GPL-2+"]],
    ],
  );
  assert.deepEqual(await readdir(scratch), []);
});
