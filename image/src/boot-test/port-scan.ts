// Run in a namespace of the lab: tries ports of addresses and prints, as one line of JSON, those that gave a sign.
import { createSocket } from "node:dgram";
import { connect } from "node:net";

interface Order {
  readonly addresses: readonly string[];
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  /** How long each attempt waits. */
  readonly patienceMs: number;
}

const parallel = 400;

function knock(host: string, port: number, patienceMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const over = (finding: string | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(finding);
    };
    const timer = setTimeout(() => over(null), patienceMs);
    socket.once("connect", () => over(`${host} tcp ${port} is open`));
    // A refusal is an answer as well: somebody is there.
    socket.once("error", (error: NodeJS.ErrnoException) =>
      over(error.code === "ECONNREFUSED" ? `${host} tcp ${port} refuses` : null),
    );
  });
}

async function ask(host: string, ports: readonly number[], patienceMs: number): Promise<readonly string[]> {
  const socket = createSocket("udp4");
  const findings: string[] = [];
  socket.on("error", () => undefined);
  socket.on("message", (_, from) => findings.push(`${from.address} udp ${from.port} answers`));
  for (const port of ports) socket.send(Buffer.alloc(48, 0x1b), port, host);
  await new Promise((resolve) => setTimeout(resolve, patienceMs));
  socket.close();
  return findings;
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const waiting = order.addresses.flatMap((host) => order.tcpPorts.map((port) => ({ host, port })));
const findings: string[] = [];
let tried = 0;
const worker = async (): Promise<void> => {
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    tried += 1;
    const finding = await knock(next.host, next.port, order.patienceMs);
    if (finding !== null) findings.push(finding);
  }
};
await Promise.all(Array.from({ length: parallel }, worker));
for (const host of order.addresses) findings.push(...(await ask(host, order.udpPorts, order.patienceMs)));
process.stdout.write(`${JSON.stringify({ tried, findings })}\n`);
