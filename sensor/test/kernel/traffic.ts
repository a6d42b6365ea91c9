/**
 * Traffic for the kernel tests, run inside a host's namespace:
 * `serve TCP-PORT,… UDP-PORT` · `connect HOST PORT COUNT TIMEOUT-MS` · `scan PREFIX COUNT PORT` ·
 * `datagrams HOST PORT COUNT PER-SECOND [SOURCE-PORT]` · `syns SOURCE-MAC TARGET-MAC COUNT VLAN` (frames
 * made by hand to COUNT addresses; VLAN -1 sends them untagged). Prints one line of JSON when done; `serve` prints one when
 * it listens and one when its stdin closes.
 */
import { createSocket } from "node:dgram";
import { createRequire } from "node:module";
import { createConnection, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

type Outcome = "connected" | "refused" | "silent" | "other";

function connect(host: string, port: number, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (outcome: Outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(timeoutMs, () => end("silent"));
    socket.once("connect", () => end("connected"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED" ? "refused" : "other"));
  });
}

async function serve(tcpPorts: readonly number[], udpPort: number): Promise<void> {
  let datagrams = 0;
  const servers = tcpPorts.map((port) =>
    createServer((socket) => socket.on("error", () => {}).resume()).listen(port, "::"),
  );
  const udp = createSocket("udp6").on("message", () => datagrams++);
  udp.bind(udpPort, "::", () => say({ listening: true }));
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once("end", resolve));
  say({ datagrams });
  udp.close();
  for (const server of servers) server.close();
}

async function connects(host: string, port: number, count: number, timeoutMs: number): Promise<void> {
  const outcomes: Record<Outcome, number> = { connected: 0, refused: 0, silent: 0, other: 0 };
  for (let done = 0; done < count; done++) outcomes[await connect(host, port, timeoutMs)]++;
  say(outcomes);
}

async function scan(prefix: string, count: number, port: number): Promise<void> {
  const outcomes: Record<Outcome, number> = { connected: 0, refused: 0, silent: 0, other: 0 };
  const targets = Array.from({ length: count }, (_, index) => `${prefix}.${(index >> 8) + 1}.${index & 0xff}`);
  // Given up before the first repeat of a SYN, after one second.
  for (const outcome of await Promise.all(targets.map((host) => connect(host, port, 500)))) outcomes[outcome]++;
  say(outcomes);
}

async function datagrams(host: string, port: number, count: number, perSecond: number, from: number): Promise<void> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve) => socket.bind(from, resolve));
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent++) {
    const dueMs = (sent * 1000) / perSecond - (performance.now() - startedAt);
    if (dueMs > 0) await sleep(dueMs);
    await new Promise((resolve) => socket.send(String(sent), port, host, resolve));
  }
  socket.close();
  say({ sent: count });
}

function syns(sourceMac: string, targetMac: string, count: number, vlan: number): void {
  const { Cap } = createRequire(import.meta.url)("cap") as {
    Cap: new () => {
      open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
      send(frame: Buffer, sizeBytes: number): void;
    };
  };
  const cap = new Cap();
  cap.open("eth0", "less 1", 1 << 20, Buffer.alloc(2048));
  const mac = (text: string) => text.replaceAll(":", "");
  const tag = vlan === -1 ? "" : `8100${vlan.toString(16).padStart(4, "0")}`;
  for (let index = 0; index < count; index++) {
    // IPv4 without a checksum and TCP without one: nothing on the way looks at them.
    const target = `c612${(index + 256).toString(16).padStart(4, "0")}`;
    const ip = `4500002800000000400600000a4d000b${target}`;
    const tcp = `c00001bd00000001000000005002ffff00000000`;
    const frame = Buffer.from(mac(targetMac) + mac(sourceMac) + tag + "0800" + ip + tcp, "hex");
    cap.send(frame, frame.length);
  }
  say({ sent: count });
  process.exit(0);
}

const [command, ...args] = process.argv.slice(2);
const [first = "", second = "", third = "", fourth = "", fifth = "0"] = args;
if (command === "serve") await serve(first.split(",").filter(Boolean).map(Number), Number(second));
else if (command === "connect") await connects(first, Number(second), Number(third), Number(fourth));
else if (command === "scan") await scan(first, Number(second), Number(third));
else if (command === "datagrams") {
  await datagrams(first, Number(second), Number(third), Number(fourth), Number(fifth));
} else if (command === "syns") syns(first, second, Number(third), Number(fourth));
else process.exitCode = 2;
