import assert from "node:assert/strict";
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseInterfaceNames } from "../../src/capture/interface-sides.ts";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { withPrivilegesOf } from "../../src/containment/process-privileges.ts";
import type { Outcomes, TrafficCommand } from "./traffic.ts";

/**
 * Where a command runs: the sensor's namespace, or that of a host. `other` is one that only a test's own script makes.
 */
export type Place = "box" | "infected" | "neighbour" | "provider" | "other";

export const macs = {
  infected: "02:00:5e:00:00:11",
  neighbour: "02:00:5e:00:00:12",
  provider: "02:00:5e:00:00:01",
  box: "02:00:5e:00:00:fe",
} as const;

export const addresses = { infected: "10.77.0.11", neighbour: "10.77.0.12", provider: "10.77.0.1" } as const;
export const addresses6 = { infected: "fd77::11", neighbour: "fd77::12", provider: "fd77::1" } as const;

/** Three ports on one bridge; the provider swallows 198.18.0.0/15 without an answer. */
const topology = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/netns
ip link set lo up
ip link add br0 type bridge stp_state 0 mcast_snooping 0
ip link set br0 address ${macs.box}
attach() {
  ip netns add $1
  ip link add $2 type veth peer name eth0 netns $1
  ip link set $2 master br0 up
  ip -n $1 link set lo up
  ip -n $1 link set eth0 address $3
  ip -n $1 addr add $4/16 dev eth0
  ip -n $1 addr add $5/64 dev eth0 nodad
  ip -n $1 link set eth0 up
}
attach infected in0 ${macs.infected} ${addresses.infected} ${addresses6.infected}
attach neighbour in1 ${macs.neighbour} ${addresses.neighbour} ${addresses6.neighbour}
attach provider out0 ${macs.provider} ${addresses.provider} ${addresses6.provider}
# Where the module is loaded it drops bridged packets with a bad checksum unseen.
for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 > "$file"; done
ip link set br0 up
for host in infected neighbour; do ip -n $host route add default via ${addresses.provider}; done
ip netns exec provider sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
ip -n provider route add blackhole 198.18.0.0/15
nft -f - <<'END'
table bridge audit {
	counter syn {
	}
	counter everything {
	}
	chain offered {
		type filter hook forward priority -300; policy accept;
		tcp flags & (fin | syn | rst | ack) == syn counter name "syn"
	}
}
END
echo ready
exec cat
`;

/** How much longer things may take than on a machine of flesh: these tests are played in emulators too. */
export const patience = Number(process.env["CORDON_TEST_PATIENCE"] ?? 1);

/** Why the kernel tests cannot run here; false where they can. The form is what `skip` takes. */
export function whyNoNamespaces(): string | false {
  const { status, stderr, error } = spawnSync(
    "unshare",
    ["-Urnmp", "--fork", "--kill-child", "nft", "add", "table", "bridge", "probe"],
    { encoding: "utf8", timeout: 10_000 },
  );
  if (status === 0) return false;
  return `this machine allows no user and network namespaces with nft: ${error?.message ?? stderr.trim().split("\n")[0]}`;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

interface Host {
  readonly process: ChildProcess;
  readonly waiting: Map<number, (answer: Answer) => void>;
}

const besideThis = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A small site in namespaces of its own, which vanish with this process. */
export class TestSite {
  /** For sockets and state; removed by {@link close}. */
  readonly folder: string;
  readonly #holder: ChildProcess;
  readonly #pid: number;
  readonly #hosts = new Map<Place, Host>();
  #lastId = 0;
  #lastWitness = 0;

  private constructor(folder: string, holder: ChildProcess, pid: number) {
    this.folder = folder;
    this.#holder = holder;
    this.#pid = pid;
  }

  static async start(): Promise<TestSite> {
    const folder = await mkdtemp(join(tmpdir(), "cordon-kernel-"));
    const holder = spawn("unshare", ["-Urnmp", "--fork", "--kill-child", "--mount-proc", "sh", "-c", topology], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // Ends with its stdin: also when this process is killed.
    const [line] = (await once(createInterface(holder.stdout), "line")) as [string];
    if (line !== "ready") throw new Error(`the site did not come up: ${line}`);
    const children = await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8");
    return new TestSite(folder, holder, Number(children.trim()));
  }

  async close(): Promise<void> {
    const gone = once(this.#holder, "exit");
    this.#holder.kill("SIGKILL");
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The command line that runs a command somewhere on the site. */
  at(place: Place, command: readonly string[]): [program: string, args: string[]] {
    const enter = ["-t", String(this.#pid), "-U", "-n", "-m", "-p", "--preserve-credentials", "--"];
    return ["nsenter", [...enter, ...(place === "box" ? [] : ["ip", "netns", "exec", place]), ...command]];
  }

  /** Runs a command to its end and gives its output. */
  async run(place: Place, ...command: string[]): Promise<string> {
    const [program, args] = this.at(place, command);
    return await new Promise((resolve, reject) => {
      execFile(program, args, { timeout: 30_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${command.join(" ")}: ${stderr}`, { cause: error })),
      );
    });
  }

  /** Has nft in the sensor's namespace load a text. */
  async load(text: string): Promise<void> {
    const path = join(this.folder, "loaded.nft");
    await writeFile(path, text);
    await this.run("box", "nft", "-f", path);
  }

  /** The same in the namespace of a host, for witnesses. */
  async loadAt(place: Exclude<Place, "box">, text: string): Promise<void> {
    const path = join(this.folder, `loaded-at-${place}.nft`);
    await writeFile(path, text);
    await this.run(place, "nft", "-f", path);
  }

  /** Tells a host to make traffic and gives what came of it. */
  async traffic<T>(place: Exclude<Place, "box">, ...command: TrafficCommand): Promise<T> {
    const host = this.#hosts.get(place) ?? this.#startHost(place);
    const id = ++this.#lastId;
    const answer = new Promise<T>((resolve, reject) => {
      host.waiting.set(id, ({ result, error }) =>
        error === undefined
          ? resolve(result as T)
          : reject(new Error(`${place} ${command.join(" ").slice(0, 200)}: ${error}`)),
      );
    });
    host.process.stdin?.write(`${JSON.stringify({ id, command })}\n`);
    return await answer;
  }

  /**
   * Connects once and holds how that ended against what is expected; `stopped` is by our rules: refused where
   * the kernel resets, else silent. Whoever expects silence waits for it shortly.
   */
  async connect(
    place: Exclude<Place, "box">,
    port: number,
    expected: keyof Outcomes | "stopped",
    host: string = addresses.provider,
  ): Promise<void> {
    const outcome = expected !== "stopped" ? expected : (await this.#resets()) ? "refused" : "silent";
    const waitMs = outcome === "silent" ? 300 : 5000 * patience;
    const outcomes = await this.traffic<Outcomes>(place, "connect", host, port, 1, waitMs);
    assert.equal(outcomes[outcome], 1, `${place} to ${host} port ${port}: ${JSON.stringify(outcomes)}`);
  }

  /** Whether the ruleset that is loaded resets what it stops, which not every kernel can. */
  async #resets(): Promise<boolean> {
    const ruleset = await this.run("box", "nft", "-t", "list", "ruleset");
    return ruleset.includes("reject with tcp reset");
  }

  #startHost(place: Place): Host {
    const script = fileURLToPath(new URL("traffic.ts", import.meta.url));
    const [program, args] = this.at(place, [process.execPath, script]);
    const host: Host = {
      process: spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] }),
      waiting: new Map(),
    };
    createInterface(host.process.stdout as Readable).on("line", (line) => {
      const answer = JSON.parse(line) as Answer & { readonly id: number };
      host.waiting.get(answer.id)?.(answer);
      host.waiting.delete(answer.id);
    });
    host.process.once("exit", (code, signal) => {
      const error = `its process ended with ${code ?? signal}`;
      for (const answer of host.waiting.values()) answer({ error });
    });
    this.#hosts.set(place, host);
    return host;
  }

  get executorSocket(): string {
    return join(this.folder, "executor.sock");
  }

  get captureSocket(): string {
    return join(this.folder, "capture.sock");
  }

  /** Whoever asks the executor. */
  client(): ExecutorClient {
    return new ExecutorClient({
      socketPath: this.executorSocket,
      connectTimeoutMs: 10_000 * patience,
      answerTimeoutMs: 10_000 * patience,
    });
  }

  /**
   * The real executor process with its real privileges. Its stderr goes line by line to `onLine`. It looks for programs
   * in the folders of `path`, as the variable of that name.
   */
  executor(
    onLine: (line: string) => void = () => {},
    place: readonly string[] = ["--bridge", "br0", "--outside", "out0"],
    path: string | null = null,
  ): ChildProcess {
    const command = [
      ...(path === null ? [] : ["env", `PATH=${path}`]),
      process.execPath,
      besideThis("executor-main.ts"),
      ...["--socket", this.executorSocket, "--state", this.folder, ...place],
    ];
    return this.#start("executor", command, onLine);
  }

  /** The real reader process with its real privileges; answers go out of `inside`. */
  reader(onLine: (line: string) => void = () => {}, group = 71, inside = "in0"): ChildProcess {
    const command = [
      process.execPath,
      besideThis("reader-main.ts"),
      "--group",
      String(group),
      "--socket",
      this.captureSocket,
      "--inside",
      inside,
    ];
    return this.#start("reader", command, onLine);
  }

  /** Interface names of the sensor's namespace by index. */
  async interfaceNames(): Promise<ReadonlyMap<number, string>> {
    return parseInterfaceNames(await this.run("box", "ip", "-j", "link", "show"));
  }

  /** SYNs that came to the bridge, counted before any of our rules. */
  synsOffered(): Promise<number> {
    return this.#audited("syn");
  }

  /** Frames of all kinds, where a test has added a rule that counts them. */
  everythingOffered(): Promise<number> {
    return this.#audited("everything");
  }

  /**
   * Counts at the provider what arrives there and meets an nft condition; a function that says how much so far.
   * What the rules of the box have counted also holds what a kernel repeats or says by itself; this does not.
   */
  async arrivals(condition: string): Promise<() => Promise<number>> {
    const name = `arrived${++this.#lastWitness}`;
    const text = [
      "add table inet witness",
      "add chain inet witness arrived { type filter hook prerouting priority -300; }",
      `add counter inet witness ${name}`,
      `add rule inet witness arrived ${condition} counter name "${name}"`,
    ];
    await this.run("provider", "nft", text.join("; "));
    return async () => countIn(await this.run("provider", "nft", "-j", "list", "counter", "inet", "witness", name));
  }

  /**
   * Counts what leaves the box by its outside port and meets an nft condition, behind all rules of ours. It sees what a far
   * kernel takes for no packet, too: frames made by hand have no checksums.
   */
  async departures(condition: string): Promise<() => Promise<number>> {
    return await this.#departures(`oifname "out0" ${condition}`);
  }

  async #departures(condition: string): Promise<() => Promise<number>> {
    const name = `departed${++this.#lastWitness}`;
    const text = [
      "add table bridge departures",
      "add chain bridge departures left { type filter hook postrouting priority 300; }",
      `add counter bridge departures ${name}`,
      `add rule bridge departures left ${condition} counter name "${name}"`,
    ];
    await this.run("box", "nft", text.join("; "));
    return async () => countIn(await this.run("box", "nft", "-j", "list", "counter", "bridge", "departures", name));
  }

  /** The same of what leaves it by another port. */
  async departuresInside(condition: string): Promise<() => Promise<number>> {
    return await this.#departures(`oifname != "out0" ${condition}`);
  }

  async #audited(counter: string): Promise<number> {
    return countIn(await this.run("box", "nft", "-j", "list", "counter", "bridge", "audit", counter));
  }

  #start(role: "executor" | "reader", command: readonly string[], onLine: (line: string) => void): ChildProcess {
    // `exec` of nsenter, ip and setpriv: the child's pid is that of Node itself, but for `nsenter -p`, which forks.
    const [program, args] = this.at("box", withPrivilegesOf(role, command));
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
    createInterface(child.stderr).on("line", onLine);
    return child;
  }
}

/** Packets of the one counter in a listing by `nft -j`. */
function countIn(listing: string): number {
  const { nftables } = JSON.parse(listing) as { nftables: { counter?: { packets: number } }[] };
  return nftables.find((object) => object.counter !== undefined)?.counter?.packets ?? 0;
}

/** Sends a signal to the process that `nsenter -p` started and waits for its end. */
export async function endInside(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  if (isOver()) return child.exitCode;
  const gone = once(child, "exit") as Promise<[number | null]>;
  // It may not have started it yet, or have ended by itself. A signal to nobody, 0, would go to all who run this test.
  for (const endsAt = performance.now() + 10_000; performance.now() < endsAt && !isOver(); await delay(20)) {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "");
    const pids = children.match(/\d+/g) ?? [];
    for (const pid of pids) process.kill(Number(pid), signal);
    if (pids.length > 0) break;
  }
  return (await gone)[0];
}
