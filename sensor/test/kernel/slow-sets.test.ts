import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { TestSite, macs, patience, whyNoNamespaces } from "./test-site.ts";

/** Which other programs the executor calls. */
const others = ["bridge", "ip", "sh", "cat", "sleep", "printf"];
// Longer than anybody who looks needs for it.
const slowSeconds = 1;

describe(
  "a self-check that takes long over the other sets",
  { skip: whyNoNamespaces(), timeout: 60_000 * patience },
  () => {
    let site: TestSite;
    let client: ExecutorClient;
    const signal = AbortSignal.timeout(60_000 * patience);

    before(async () => {
      site = await TestSite.start();
      const programs = join(site.folder, "programs");
      await mkdir(programs);
      const [nft = "", ...found] = (
        await site.run("box", "sh", "-c", `for p in nft ${others.join(" ")}; do command -v $p; done`)
      )
        .trim()
        .split("\n");
      // Those that are built into the shell have no path.
      for (const path of found.filter((each) => each.startsWith("/"))) {
        await symlink(path, join(programs, path.split("/").at(-1) ?? ""));
      }
      const slowly = `case "$in" in *resolvers_4*) sleep ${slowSeconds};; esac; printf '%s\\n' "$in" | exec ${nft} "$@"`;
      await writeFile(
        join(programs, "nft"),
        `#!/bin/sh\ncase "$*" in *-i) in=$(cat); ${slowly};; *) exec ${nft} "$@";; esac\n`,
      );
      await chmod(join(programs, "nft"), 0o755);
      site.executor(undefined, undefined, programs);
      client = site.client();
      await client.observe(signal);
      await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
    });

    after(async () => {
      client.close();
      await site.close();
    });

    test("says that a cut was put back before anybody sees it there", async () => {
      await site.run("box", "nft", "delete", "element", "bridge", "cordon", "quarantine_to", `{ ${macs.infected} }`);
      for (;;) {
        const { quarantined, troubles = [] } = await client.observe(signal);
        const isBack = quarantined.some(({ mac }) => mac === macs.infected);
        const isSaid = troubles.some(({ code }) => code === "elements-restored");
        assert.ok(!isBack || isSaid, "it is back, and nothing says that it was away");
        if (isBack) break;
      }
    });
  },
);
