/**
 * Traffic for the kernel tests: one process per host, inside the host's namespace, that takes a
 * command as a JSON array on each line of its stdin and answers each with a line of JSON.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createRequire } from "node:module";
import { createConnection, createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** How connects ended, counted. */
export interface Outcomes {
  connected: number;
  refused: number;
  silent: number;
  other: number;
}

/** How a word on a standing connection ended. */
export type Word = "echoed" | "reset" | "silent";

/** What a host can be told to do; times in milliseconds. */
export type TrafficCommand =
  | readonly ["serve", tcpPorts: readonly number[], udpPort: number]
  /** Ends the servers; answers with the number of datagrams received. */
  | readonly ["stop"]
  /** One connect after the other. */
  | readonly ["connect", host: string, port: number, count: number, timeoutMs: number]
  /** One connect to each of `count` addresses under the prefix, all at once. */
  | readonly ["scan", prefix: string, count: number, port: number]
  | readonly ["datagrams", host: string, port: number, count: number, perSecond: number, sourcePort: number]
  /** One connection that says something every so often; answers with how much of it was echoed. */
  | readonly ["talk", host: string, port: number, count: number, everyMs: number]
  /** Echoes what comes to these ports, by TCP and by UDP, for as long as the process lives. */
  | readonly ["echo", ports: readonly number[]]
  /** Opens a connection, or a stream of datagrams, that stands under a name; answers how its first word ended. */
  | readonly ["open", name: string, transport: "tcp" | "udp", host: string, port: number, timeoutMs: number]
  /** Says a word on what stands, and answers how that ended. */
  | readonly ["say", name: string, timeoutMs: number]
  /** SYNs made by hand to `count` addresses; VLAN -1 sends them untagged. */
  | readonly ["syns", sourceMac: string, targetMac: string, count: number, vlan: number]
  /** Whole frames, in hex. */
  | readonly ["frames", frames: readonly string[]];

let servers: readonly Server[] = [];
let udpServer: UdpSocket | null = null;
let received = 0;

function none(): Outcomes {
  return { connected: 0, refused: 0, silent: 0, other: 0 };
}

function connect(host: string, port: number, timeoutMs: number): Promise<keyof Outcomes> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (outcome: keyof Outcomes) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(timeoutMs, () => end("silent"));
    socket.once("connect", () => end("connected"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED" ? "refused" : "other"));
  });
}

async function serve(tcpPorts: readonly number[], udpPort: number): Promise<void> {
  received = 0;
  servers = tcpPorts.map((port) =>
    createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(port, "::"),
  );
  const udp = createSocket("udp6").on("message", () => received++);
  udpServer = udp;
  await new Promise<void>((resolve) => udp.bind(udpPort, "::", resolve));
}

function stop(): number {
  udpServer?.close();
  for (const server of servers) server.close();
  return received;
}

async function connects(host: string, port: number, count: number, timeoutMs: number): Promise<Outcomes> {
  const outcomes = none();
  for (let done = 0; done < count; done++) outcomes[await connect(host, port, timeoutMs)]++;
  return outcomes;
}

async function scan(prefix: string, count: number, port: number): Promise<Outcomes> {
  const outcomes = none();
  const targets = Array.from({ length: count }, (_, index) =>
    prefix.includes(":") ? prefix + (index + 1).toString(16) : `${prefix}.${(index >> 8) + 1}.${index & 0xff}`,
  );
  // Given up before the first repeat of a SYN, after one second.
  for (const outcome of await Promise.all(targets.map((host) => connect(host, port, 500)))) outcomes[outcome]++;
  return outcomes;
}

async function datagrams(host: string, port: number, count: number, perSecond: number, from: number): Promise<number> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve) => socket.bind(from, resolve));
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent++) {
    const dueMs = (sent * 1000) / perSecond - (performance.now() - startedAt);
    if (dueMs > 0) await sleep(dueMs);
    await new Promise((resolve) => socket.send(String(sent), port, host, resolve));
  }
  socket.close();
  return count;
}

async function talk(host: string, port: number, count: number, everyMs: number): Promise<number> {
  const socket = createConnection({ host, port });
  let echoed = 0;
  const answered = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => (echoed += chunk.length) >= count && resolve());
    socket.on("error", () => resolve());
  });
  for (let sent = 0; sent < count; sent++) {
    socket.write("x");
    await sleep(everyMs);
  }
  await Promise.race([answered, sleep(1000)]);
  socket.destroy();
  return echoed;
}

async function echo(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const tcp = createServer((socket) => socket.on("error", () => {}).pipe(socket));
    await new Promise<void>((resolve) => tcp.listen(port, "::", resolve));
    const udp = createSocket("udp6");
    udp.on("message", (word, { address, port: from }) => udp.send(word, from, address));
    await new Promise<void>((resolve) => udp.bind(port, "::", resolve));
  }
}

interface Standing {
  readonly say: () => void;
  /** Called with how a word ended. */
  onWord: (word: Word) => void;
  isReset: boolean;
}

const standing = new Map<string, Standing>();

function open(name: string, transport: "tcp" | "udp", host: string, port: number, timeoutMs: number): Promise<Word> {
  const socket = transport === "tcp" ? createConnection({ host, port }) : null;
  const datagramSocket = socket === null ? createSocket(host.includes(":") ? "udp6" : "udp4") : null;
  const one: Standing = {
    say: () => void (socket?.write("x") ?? datagramSocket?.send("x", port, host)),
    onWord: () => {},
    isReset: false,
  };
  socket?.on("data", () => one.onWord("echoed"));
  datagramSocket?.on("message", () => one.onWord("echoed"));
  socket?.on("error", () => {
    one.isReset = true;
    one.onWord("reset");
  });
  standing.set(name, one);
  return say(name, timeoutMs);
}

async function say(name: string, timeoutMs: number): Promise<Word> {
  const one = standing.get(name);
  if (one === undefined || one.isReset) return "reset";
  const word = new Promise<Word>((resolve) => (one.onWord = resolve));
  one.say();
  const late = new AbortController();
  const silence = sleep(timeoutMs, "silent" as const, { signal: late.signal }).catch(() => "silent" as const);
  const first = await Promise.race([word, silence]);
  late.abort();
  return first;
}

interface FrameSender {
  send(frame: Buffer, sizeBytes: number): void;
}

// Opened once and never closed: its descriptor would go to a socket before the loop has forgotten it, and Node dies of that.
let frameSender: FrameSender | null = null;

function openFrameSender(): FrameSender {
  const { Cap } = createRequire(import.meta.url)("cap") as {
    Cap: new () => FrameSender & {
      open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
    };
  };
  const cap = new Cap();
  cap.open("eth0", "less 1", 1 << 20, Buffer.alloc(2048));
  return cap;
}

/** Sends frames as they are. */
function frames(all: readonly Buffer[]): number {
  frameSender ??= openFrameSender();
  for (const frame of all) frameSender.send(frame, frame.length);
  return all.length;
}

function syns(sourceMac: string, targetMac: string, count: number, vlan: number): number {
  const mac = (text: string) => text.replaceAll(":", "");
  const tag = vlan === -1 ? "" : `8100${vlan.toString(16).padStart(4, "0")}`;
  const made = Array.from({ length: count }, (_, index) => {
    // IPv4 and TCP without checksums: nothing on the way looks at them.
    const target = `c612${(index + 256).toString(16).padStart(4, "0")}`;
    const ip = `4500002800000000400600000a4d000b${target}`;
    const tcp = "c00001bd00000001000000005002ffff00000000";
    return Buffer.from(`${mac(targetMac)}${mac(sourceMac)}${tag}0800${ip}${tcp}`, "hex");
  });
  return frames(made);
}

async function carryOut(command: TrafficCommand): Promise<unknown> {
  switch (command[0]) {
    case "serve":
      return (await serve(command[1], command[2])) ?? null;
    case "stop":
      return stop();
    case "connect":
      return await connects(command[1], command[2], command[3], command[4]);
    case "scan":
      return await scan(command[1], command[2], command[3]);
    case "datagrams":
      return await datagrams(command[1], command[2], command[3], command[4], command[5]);
    case "talk":
      return await talk(command[1], command[2], command[3], command[4]);
    case "echo":
      return (await echo(command[1])) ?? null;
    case "open":
      return await open(command[1], command[2], command[3], command[4], command[5]);
    case "say":
      return await say(command[1], command[2]);
    case "syns":
      return syns(command[1], command[2], command[3], command[4]);
    case "frames":
      return frames(command[1].map((frame) => Buffer.from(frame, "hex")));
  }
}

// A stop may come while datagrams are still being sent, so commands do not wait for one another.
if (process.argv[1] === import.meta.filename) {
  createInterface(process.stdin).on("line", (line) => {
    const { id, command } = JSON.parse(line) as { readonly id: number; readonly command: TrafficCommand };
    void carryOut(command).then(
      (result) => process.stdout.write(`${JSON.stringify({ id, result })}\n`),
      (error: unknown) => process.stdout.write(`${JSON.stringify({ id, error: String(error) })}\n`),
    );
  });
}
