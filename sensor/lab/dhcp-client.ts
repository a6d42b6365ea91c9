import { createSocket } from "node:dgram";
import { once } from "node:events";
import { SensorError } from "../src/errors.ts";

/*
 * Asks for an address as a machine does that has none (RFC 2131 3.1), by the MAC and name it is called with, and prints
 * what it was given as one line of JSON. The port must be up, and 255.255.255.255 routed by it.
 */

const [mac = "", name = ""] = process.argv.slice(2);
const transaction = Math.floor(Math.random() * 0x7fff_ffff);
const answerMs = 8000;
const codes = { discover: 1, request: 3 } as const;

function message(type: number, more: readonly number[]): Buffer {
  const bytes = mac.split(":").map((part) => Number.parseInt(part, 16));
  const header = Buffer.alloc(236);
  header.set([1, 1, 6, 0]);
  header.writeUInt32BE(transaction, 4);
  // Answer by broadcast: it cannot hear what goes to an address that it does not have yet.
  header.writeUInt16BE(0x8000, 10);
  header.set(bytes, 28);
  const label = [...Buffer.from(name, "latin1")];
  const options = [
    ...[0x63, 0x82, 0x53, 0x63],
    ...[53, 1, type],
    ...[12, label.length, ...label],
    ...[55, 4, 1, 3, 6, 114],
  ];
  return Buffer.concat([header, Buffer.from([...options, ...more, 255])]);
}

function optionsOf(packet: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 240; at + 1 < packet.length && packet[at] !== 255;) {
    if (packet[at] === 0) at += 1;
    else {
      const size = packet[at + 1] ?? 0;
      found.set(packet[at] ?? 0, packet.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  return found;
}

const socket = createSocket("udp4");
socket.bind(68, "0.0.0.0");
await once(socket, "listening");
socket.setBroadcast(true);
const signal = AbortSignal.timeout(answerMs);

async function exchange(sent: Buffer, expected: number): Promise<Buffer> {
  const answered = (async () => {
    for (;;) {
      const [packet] = (await once(socket, "message", { signal })) as [Buffer];
      if (packet.readUInt32BE(4) === transaction && optionsOf(packet).get(53)?.[0] === expected) return packet;
    }
  })();
  socket.send(sent, 67, "255.255.255.255");
  return answered;
}

try {
  const offer = await exchange(message(codes.discover, []), 2);
  const address = [...offer.subarray(16, 20)];
  const server = [...(optionsOf(offer).get(54) ?? [])];
  const acknowledgement = await exchange(
    message(codes.request, [...[50, 4, ...address], ...[54, server.length, ...server]]),
    5,
  );
  const options = optionsOf(acknowledgement);
  const dotted = (code: number): string => [...(options.get(code) ?? [])].join(".");
  const given = {
    address: address.join("."),
    router: dotted(3),
    names: dotted(6),
    portal: String(options.get(114) ?? ""),
  };
  process.stdout.write(`${JSON.stringify(given)}\n`);
} catch (cause) {
  throw new SensorError("lab-failed", `nobody gave ${name} an address: ${String(cause)}`, { cause });
} finally {
  socket.close();
}
