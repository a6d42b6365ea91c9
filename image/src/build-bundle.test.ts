import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { boards } from "../layers/index.ts";
import { root } from "../layers/root.ts";
import { renderManifest, signBundle } from "./build-bundle.ts";
import { runCommand } from "./command.ts";
import { hashFile } from "./input-hash.ts";
import type { Signer } from "./read-signer.ts";

test("a release says for which kind of box it is, and each kind has a word of its own", () => {
  const kinds = Object.values(boards).map((board) => root(board).compatible);
  assert.deepEqual(kinds, ["cordon-pc", "cordon-pi"]);
  assert.equal(
    renderManifest({ compatible: "cordon-pi", bundleFormat: "verity", version: "0.2.0" }),
    "[update]\ncompatible=cordon-pi\nversion=0.2.0\n\n[bundle]\nformat=verity\n\n" +
      "[image.root]\nfilename=root.img\n\n[image.verity]\nfilename=verity.img\n",
  );
});

const impossible = ["rauc", "mksquashfs", "unsquashfs"].filter((name) => spawnSync(name, ["--version"]).error);

suite("a release", { skip: impossible.length > 0 && `this machine has no ${impossible.join(", ")}` }, () => {
  const parts = ["root", "tree"] as const;

  async function aRelease(t: TestContext) {
    const folder = await mkdtemp(join(tmpdir(), "cordon-bundle-"));
    t.after(() => rm(folder, { recursive: true }));
    const keysOf = async (name: string) => {
      const keys = join(folder, name);
      await runCommand(process.execPath, [
        ...["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "../../provision/src/main.ts")],
        ...["update-key", "create", "--out", keys],
      ]);
      return { key: join(keys, "update.key"), certificate: join(keys, "update.pem") };
    };
    for (const part of parts) await writeFile(join(folder, part), randomBytes(8192));
    await mkdir(join(folder, "entry"));
    await writeFile(join(folder, "entry/cordon.efi"), "a kernel");
    const [root, tree] = [join(folder, "root"), join(folder, "tree")];
    const sign = (version: string, signer: Signer) =>
      signBundle("pc", { root, tree, entry: join(folder, "entry") }, version, { out: join(folder, "out"), signer });
    return { folder, root, sign, signer: await keysOf("keys"), keysOf };
  }

  test("has its number in its name and in what is signed, and its checksum in the list", async (t) => {
    const { folder, sign, signer } = await aRelease(t);
    const [first, second] = [await sign("0.1.0", signer), await sign("0.1.1", signer)];
    assert.deepEqual(
      [first, second].map(({ file }) => basename(file)),
      ["cordon-amd64-pc-0.1.0.raucb", "cordon-amd64-pc-0.1.1.raucb"],
    );
    assert.ok((await readFile(second.file)).includes("\nversion=0.1.1\n"));
    assert.equal(
      await readFile(join(folder, "out/SHA256SUMS"), "utf8"),
      [first, second].map(({ file, sha256 }) => `${sha256}  ${basename(file)}\n`).join(""),
    );
  });

  test("stays as it is where it is made again, and no other takes its name", async (t) => {
    const { root, sign, signer, keysOf } = await aRelease(t);
    const made = await sign("0.1.1", signer);
    assert.deepEqual(await sign("0.1.1", signer), { ...made, wasThere: true });
    const refused = { code: "bundle-exists", message: /runs 0\.1\.1 takes no other 0\.1\.1\. Number .* by --release/ };
    await assert.rejects(sign("0.1.1", await keysOf("others")), refused, "of another signer");
    await writeFile(root, randomBytes(8192));
    await assert.rejects(sign("0.1.1", signer), refused, "of another root");
    assert.deepEqual(await hashFile(made.file), made.sha256);
    assert.equal((await sign("0.1.2", signer)).wasThere, false);
  });
});
