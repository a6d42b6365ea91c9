import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { wholeBetween } from "../random.ts";
import type { ActivityContext } from "./activity.ts";

const cookie = [0x63, 0x82, 0x53, 0x63];
const option = {
  requestedAddress: 50,
  messageType: 53,
  vendorClass: 60,
  parameterList: 55,
  hostName: 12,
  clientId: 61,
  end: 255,
};
const messageType = { request: 3, acknowledge: 5 };
const attempts = 3;
const answerMs = 1500;

function bytesOf(text: string, separator: string, radix: number): number[] {
  return text.split(separator).map((part) => Number.parseInt(part, radix));
}

/** A DHCPREQUEST of a machine that remembers its address (RFC 2131 4.3.2, INIT-REBOOT). */
export function dhcpRequest(
  host: { readonly name: string; readonly mac: string; readonly address: string },
  transaction: number,
): Buffer {
  const mac = bytesOf(host.mac, ":", 16);
  const header = Buffer.alloc(236);
  header.set([1, 1, 6, 0]);
  header.writeUInt32BE(transaction, 4);
  header.set(mac, 28);
  const name = [...Buffer.from(host.name, "latin1")];
  const options = [
    ...cookie,
    ...[option.messageType, 1, messageType.request],
    ...[option.clientId, 7, 1, ...mac],
    ...[option.requestedAddress, 4, ...bytesOf(host.address, ".", 10)],
    ...[option.hostName, name.length, ...name],
    ...[option.parameterList, 4, 1, 3, 6, 15],
    option.end,
  ];
  return Buffer.concat([header, Buffer.from(options)]);
}

/** Whether a packet acknowledges the request with this transaction number. */
export function isAcknowledgement(packet: Uint8Array, transaction: number): boolean {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  if (view.length < 244 || view.readUInt32BE(4) !== transaction) return false;
  for (let at = 240; at + 2 < view.length && view[at] !== option.end; at += 2 + (view[at + 1] ?? 0)) {
    if (view[at] === option.messageType) return view[at + 2] === messageType.acknowledge;
  }
  return false;
}

async function acknowledged(socket: Socket, transaction: number, signal: AbortSignal): Promise<boolean> {
  const timeLimit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  try {
    for (;;) {
      const [packet] = (await once(socket, "message", { signal: timeLimit })) as [Buffer];
      if (isAcknowledgement(packet, transaction)) return true;
    }
  } catch {
    // Nobody answered in time, or the activity ends.
    return false;
  }
}

/** Asks for its address again, so that its name is seen on the wire. */
export async function announce(context: ActivityContext): Promise<void> {
  const { host, random, signal } = context;
  const socket = createSocket("udp4");
  try {
    socket.bind(68, "0.0.0.0");
    await once(socket, "listening");
    socket.setBroadcast(true);
    const transaction = wholeBetween(random, [1, 0x7fffffff]);
    let isAcknowledged = false;
    for (let attempt = 0; attempt < attempts && !isAcknowledged && !signal.aborted; attempt += 1) {
      socket.send(dhcpRequest(host, transaction), 67, "255.255.255.255");
      isAcknowledged = await acknowledged(socket, transaction, signal);
    }
    context.report({ kind: "announced", at: context.clock(), host: host.name, acknowledged: isAcknowledged });
  } finally {
    socket.close();
  }
}
