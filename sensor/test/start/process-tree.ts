import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as it can be found again: a pid alone may be given to another. */
export interface SeenProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly startedAtTicks: string;
  readonly commandLine: string;
  /** Its network namespace; null where we may not look. */
  readonly network: string | null;
}

/** Everything that runs now, but for what is dead and not yet collected. */
export function processes(): SeenProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => seen(Number(name)) ?? []);
}

function seen(pid: number): SeenProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return {
      pid,
      parentPid: Number(fields[1]),
      startedAtTicks: fields[19] ?? "",
      commandLine,
      network: networkOf(pid),
    };
  } catch {
    // It ended while we looked.
    return null;
  }
}

function networkOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

/** A process and all that it started, and they. */
export function treeOf(pid: number): SeenProcess[] {
  const all = processes();
  const tree = all.filter((each) => each.pid === pid);
  for (let at = 0; at < tree.length; at += 1) {
    tree.push(...all.filter((each) => each.parentPid === tree[at]?.pid));
  }
  return tree;
}

/** Waits until none of these runs and none of these networks has a process; what is left after `ms`. */
export async function leftAfter(
  ms: number,
  tree: readonly SeenProcess[],
  networks: ReadonlySet<string>,
): Promise<readonly string[]> {
  const deadline = performance.now() + ms;
  for (;;) {
    const left = processes().filter(
      (now) =>
        tree.some((then) => then.pid === now.pid && then.startedAtTicks === now.startedAtTicks) ||
        (now.network !== null && networks.has(now.network)),
    );
    if (left.length === 0) return [];
    if (performance.now() > deadline) return left.map((each) => `${each.pid} ${each.commandLine}`);
    // The end of a process that is not our child cannot be awaited.
    await sleep(50);
  }
}
