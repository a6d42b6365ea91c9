import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

const program = resolve(import.meta.dirname, "../../start/main.ts");

// A user namespace in which no further namespace may be made: a machine that forbids them, for real.
const forbidding = "echo 0 >/proc/sys/user/max_net_namespaces && echo 0 >/proc/sys/user/max_user_namespaces";
const canForbid = spawnSync("unshare", ["-Ur", "sh", "-c", forbidding]).status === 0;
const skip = canForbid ? false : "user namespaces are forbidden here, so a machine that forbids them cannot be made";

test(
  "where namespaces are forbidden a recorded office is judged, and said to be simulated",
  { skip, timeout: 90_000 },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-start-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const start = spawn(
      "unshare",
      [
        "-Ur",
        "sh",
        "-c",
        `${forbidding} && exec "$@"`,
        "sh",
        process.execPath,
        program,
        "--data",
        folder,
        "--http-port",
        "0",
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    t.after(() => start.kill("SIGKILL"));
    const ended = once(start, "exit");
    const lines: string[] = [];
    let named = 0;
    for await (const line of createInterface({ input: start.stdout })) {
      lines.push(line);
      named += / is infected: /.test(line) ? 1 : 0;
      if (named === 2) break;
    }
    const text = lines.join("\n");
    assert.equal(named, 2, text);
    assert.match(text, /The lab cannot stand on this machine: /);
    assert.match(text, /Containment is simulated: nothing is stopped\./);
    start.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  },
);
