import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const main = fileURLToPath(new URL("ring-main.ts", import.meta.url));

/** tcpdump as user 0 insists on becoming another, which a namespace of users forbids; on the box it is another from the start. */
function whyNot(): string | false {
  if (process.getuid?.() !== 0) return "tcpdump needs more than an ordinary user has";
  const { status, stderr } = spawnSync("unshare", ["-n", "tcpdump", "--version"], { encoding: "utf8" });
  return status === 0 ? false : `no namespace with tcpdump can be made here: ${stderr}`;
}

test(
  "packets are recorded under an authorisation and at no other time, whoever wishes for it",
  { skip: whyNot(), timeout: 120_000 },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-packets-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const { stdout } = await promisify(execFile)("unshare", ["-n", process.execPath, main, folder]);
    const said = JSON.parse(stdout) as Record<"unauthorised" | "recorded" | "afterEnd" | "withdrawn", object>;
    assert.deepEqual(said.unauthorised, {
      ...{ state: "refused", orders: 0, tools: 0, slice: { count: 0, code: "not-authorised" } },
      health: ["packet-ring-refused"],
    });
    const { sizeBytes, ...recorded } = said.recorded as { readonly sizeBytes: number };
    assert.deepEqual(recorded, { state: "recording", tools: 1, isSinceKnown: true });
    assert.ok(sizeBytes > 24);
    assert.deepEqual(said.afterEnd, { isInTime: true, late: { count: 0, code: null }, kept: true });
    assert.deepEqual(said.withdrawn, { slice: { count: 0, code: "not-authorised" }, isReported: false });

    const slice = join(folder, "slice.pcapng");
    assert.match(await readFile(slice, "latin1"), /under authorisation a1, given by R\. Voss \(owner\)/);
    const words = execFileSync("tcpdump", ["-A", "-r", slice], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.match(words, /authorised words/);
    assert.doesNotMatch(words, /unauthorised|late/);
  },
);
