import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startLab } from "./start-lab.ts";
import { labForbidden } from "./test-lab.ts";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly net: string;
}

function processes(): readonly Process[] {
  return readdirSync("/proc").flatMap((name): readonly Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
      return [{ pid: Number(name), parent, net: readlinkSync(`/proc/${name}/ns/net`) }];
    } catch {
      // Gone meanwhile, or not ours to read.
      return [];
    }
  });
}

function descendants(pid: number): readonly Process[] {
  const all = processes();
  const found: Process[] = [];
  for (let parents = [pid]; parents.length > 0;) {
    const children = all.filter((candidate) => parents.includes(candidate.parent));
    found.push(...children);
    parents = children.map((child) => child.pid);
  }
  return found;
}

/** The kernel tells nobody when a process that is not one's child is gone, so it has to be looked for. */
async function untilGone(pids: readonly number[], withinMs: number): Promise<readonly number[]> {
  const until = Date.now() + withinMs;
  for (;;) {
    const left = pids.filter((pid) => existsSync(`/proc/${pid}`));
    if (left.length === 0 || Date.now() > until) return left;
    await delay(50);
  }
}

const holder = `
  const { startLab } = await import(${JSON.stringify(`${import.meta.dirname}/start-lab.ts`)});
  await startLab({ seed: 5 });
  console.log("stands");
`;

describe("the end of a lab", { skip: labForbidden(), timeout: 120_000 }, () => {
  test("a SIGKILL of the caller leaves no process and no namespace", async () => {
    const caller = spawn(process.execPath, ["--input-type=module", "-e", holder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface({ input: caller.stdout }), "line");
    const own = readlinkSync("/proc/self/ns/net");
    const inside = descendants(caller.pid ?? 0);
    const nets = new Set(inside.map((process) => process.net).filter((net) => net !== own));
    ok(inside.length >= 12, `${inside.length} processes`);
    ok(nets.size >= 10, `${nets.size} namespaces`);
    caller.kill("SIGKILL");
    await once(caller, "exit");
    deepEqual(
      await untilGone(
        inside.map((process) => process.pid),
        10_000,
      ),
      [],
    );
    deepEqual(
      processes().filter((process) => nets.has(process.net)),
      [],
    );
  });

  test("two labs stand side by side and do not hear one another", async () => {
    const [one, other] = await Promise.all([startLab({ seed: 6 }), startLab({ seed: 7 })]);
    try {
      notEqual(one.facts.localNets[0], other.facts.localNets[0]);
      const order = { count: 1, bytes: 50_000 };
      const [first, second] = await Promise.all(
        [one, other].map((lab) => lab.downloads({ ...order, hosts: lab.facts.hosts.map((host) => host.name) })),
      );
      equal(first?.ok, one.facts.hosts.length);
      equal(second?.ok, other.facts.hosts.length);
      await one.close();
      equal((await other.downloads({ ...order, hosts: [other.facts.hosts[0]?.name ?? ""] })).ok, 1);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
    await rejects(one.witness(), { code: "lab-closed" });
  });

  test("a signal given at the start ends the lab", async () => {
    const abort = new AbortController();
    const lab = await startLab({ seed: 8, signal: abort.signal });
    abort.abort();
    await lab.close();
    await rejects(lab.witness(), { code: "lab-closed" });
    await rejects(startLab({ seed: 8, signal: abort.signal }), { name: "AbortError" });
  });
});
