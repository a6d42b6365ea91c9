import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kernelFeatures } from "../../src/containment/kernel-features.ts";
import { TestSite, patience, whyNoNamespaces } from "./test-site.ts";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

describe("the features of a kernel", { skip: whyNoNamespaces(), timeout: 60_000 * patience }, () => {
  let site: TestSite;
  const features = (...flags: string[]) => site.run("box", process.execPath, program, "features", ...flags);
  const tables = () => site.run("box", "nft", "list", "tables");

  before(async () => {
    site = await TestSite.start();
  });
  after(() => site.close());

  test("are tried one by one, and nothing of it stays, not even what a killed run left", async (t) => {
    // Tables as a run leaves them that was killed between two steps, with a chain that no trial has.
    const left = ["bridge", "netdev"].map((family) => `table ${family} cordon_trial {\n\tchain other {\n\t}\n}\n`);
    const before = await tables();
    await writeFile(join(site.folder, "left.nft"), left.join(""));
    await site.run("box", "nft", "-f", join(site.folder, "left.nft"));
    const found = JSON.parse(await features("--json")) as Record<string, boolean>;
    assert.equal(await tables(), before);
    assert.deepEqual(
      Object.keys(found),
      kernelFeatures.map(({ name }) => name),
    );
    // Without these the ruleset would not load and no other test here could pass.
    for (const name of ["nflog", "element-counters", "set-timeout", "limit-in-element", "payload-match"]) {
      assert.equal(found[name], true, name);
    }
    t.diagnostic(
      Object.entries(found)
        .map(([name, isThere]) => `${name} ${isThere ? "yes" : "no"}`)
        .join(", "),
    );
  });

  test("say of resets what loading the ruleset says", async () => {
    const found = JSON.parse(await features("--json")) as Record<string, boolean>;
    site.executor();
    let table = "";
    while (!table.includes("chain enforce ")) {
      table = await site.run("box", "sh", "-c", "nft list table bridge cordon 2>&1 || true");
    }
    assert.equal(table.includes("reject with tcp reset"), found["reject-bridge-prerouting"]);
  });

  test("are printed with a sentence each", async () => {
    const lines = (await features()).trimEnd().split("\n");
    assert.equal(lines.length, kernelFeatures.length);
    for (const line of lines) assert.match(line, /^[a-z-]+ +(yes|no ) {2}[A-Z].*\.$/);
  });

  test("are not guessed where nft may change nothing", async () => {
    await assert.rejects(
      site.run(
        "box",
        "setpriv",
        "--bounding-set=-all",
        "--inh-caps=-all",
        "--no-new-privs",
        process.execPath,
        program,
        "features",
      ),
      /Operation not permitted/,
    );
  });
});
