import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseInterfaceNames } from "../../src/capture/interface-sides.ts";
import { withPrivilegesOf } from "../../src/containment/process-privileges.ts";

/** Where a command runs: the sensor's namespace, or that of a host. */
export type Place = "box" | "infected" | "neighbour" | "provider";

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

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** A small site in namespaces of its own, which vanish with this process. */
export class TestSite {
  /** For sockets and state; removed by {@link close}. */
  readonly folder: string;
  readonly #holder: ChildProcess;
  readonly #pid: number;

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

  /** Runs `traffic.ts` in a host's namespace and gives what it printed. */
  async traffic<T>(place: Place, ...args: string[]): Promise<T> {
    const script = fileURLToPath(new URL("traffic.ts", import.meta.url));
    return JSON.parse(await this.run(place, process.execPath, script, ...args)) as T;
  }

  /** Starts servers on a host; the result ends them and gives the number of datagrams received. */
  async serve(place: Place, tcpPorts: readonly number[], udpPort: number): Promise<() => Promise<number>> {
    const script = fileURLToPath(new URL("traffic.ts", import.meta.url));
    const [program, args] = this.at(place, [process.execPath, script, "serve", tcpPorts.join(","), String(udpPort)]);
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface(child.stdout);
    await once(lines, "line");
    return async () => {
      const last = once(lines, "line") as Promise<[string]>;
      const gone = once(child, "exit");
      child.stdin.end();
      const [line] = await last;
      await gone;
      return (JSON.parse(line) as { datagrams: number }).datagrams;
    };
  }

  get executorSocket(): string {
    return join(this.folder, "executor.sock");
  }

  get captureSocket(): string {
    return join(this.folder, "capture.sock");
  }

  /** The real executor process with its real privileges. Its stderr goes line by line to `onLine`. */
  executor(onLine: (line: string) => void = () => {}): ChildProcess {
    const command = [
      process.execPath,
      source("containment/executor-main.ts"),
      ...["--socket", this.executorSocket, "--state", this.folder, "--bridge", "br0", "--outside", "out0"],
    ];
    return this.#start("executor", command, onLine);
  }

  /** The real reader process with its real privileges. */
  reader(onLine: (line: string) => void = () => {}, group = 71): ChildProcess {
    const command = [
      process.execPath,
      source("capture/reader-main.ts"),
      "--group",
      String(group),
      "--socket",
      this.captureSocket,
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

  async #audited(counter: string): Promise<number> {
    const output = await this.run("box", "nft", "-j", "list", "counter", "bridge", "audit", counter);
    const { nftables } = JSON.parse(output) as { nftables: { counter?: { packets: number } }[] };
    return nftables.find((object) => object.counter !== undefined)?.counter?.packets ?? 0;
  }

  #start(role: "executor" | "reader", command: readonly string[], onLine: (line: string) => void): ChildProcess {
    // `exec` of nsenter, ip and setpriv: the child's pid is that of Node itself, but for `nsenter -p`, which forks.
    const [program, args] = this.at("box", withPrivilegesOf(role, command));
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
    createInterface(child.stderr).on("line", onLine);
    return child;
  }
}

/** Sends a signal to the process that `nsenter -p` started and waits for its end. */
export async function endInside(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const gone = once(child, "exit") as Promise<[number | null]>;
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  for (const pid of children.trim().split(" ")) process.kill(Number(pid), signal);
  return (await gone)[0];
}
