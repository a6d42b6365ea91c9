/** The sender of `bench forward`: TCP in bulk by sockets, small frames by AF_PACKET. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect } from "node:net";
import type { Ready } from "../lab/protocol.ts";
import { stdioChannel } from "../lab/stdio-channel.ts";
import { SensorError } from "../src/errors.ts";
import { ethernet, ipv4, tcp } from "../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../src/packet/packet.ts";
import type { SenderCalls, SmallKind } from "./forward-protocol.ts";
import { sinkPort, wayOf } from "./forward-topology.ts";

interface PacketSocket {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  send(frame: Buffer, bytes: number): void;
}

const megabyte = 1_048_576;
const payload = Buffer.alloc(megabyte, 0x5a);
/** Enough that the kernel's buffer never runs empty. */
const writesUnderWay = 4;

const packetSockets = new Map<number, PacketSocket>();
const { Cap } = createRequire(import.meta.url)("cap") as { Cap: new () => PacketSocket };

function packetSocket(way: number): PacketSocket {
  const opened = packetSockets.get(way);
  if (opened !== undefined) return opened;
  const socket = new Cap();
  // It is only sent through: no frame is shorter than one byte.
  socket.open(wayOf(way).device, "less 1", megabyte, Buffer.alloc(2048));
  packetSockets.set(way, socket);
  return socket;
}

/** Seconds until the receiver has read it all. */
async function bulk(way: number, port: number, megabytes: number): Promise<number> {
  const socket = connect(port, wayOf(way).outsideAddress);
  await once(socket, "connect");
  const read = Promise.withResolvers<void>();
  let unread = megabytes;
  const onData = (said: Buffer): void => {
    unread -= said.length;
    if (unread <= 0) read.resolve();
  };
  const onEnd = (): void => read.reject(new SensorError("bench-failed", `the connection over way ${way} ended`));
  socket.on("data", onData).once("close", onEnd);
  let unwritten = megabytes;
  const write = (): void => {
    if (unwritten === 0) return;
    unwritten -= 1;
    socket.write(payload, write);
  };
  const startedAt = performance.now();
  for (let count = 0; count < writesUnderWay; count += 1) write();
  try {
    await read.promise;
    return (performance.now() - startedAt) / 1000;
  } finally {
    socket.off("close", onEnd).destroy();
  }
}

/** An Ethernet frame of the least length with an IPv4 TCP segment without payload. */
function smallFrame(way: number, kind: SmallKind): Buffer {
  const { insideMac, outsideMac, insideAddress, outsideAddress } = wayOf(way);
  const isContact = kind === "contact";
  const segment = tcp({
    flags: isContact ? tcpFlags.syn : tcpFlags.ack,
    sourcePort: 40_000,
    destinationPort: sinkPort,
    sequence: 1,
  });
  const frame = Buffer.alloc(60);
  frame.set(ethernet(0x0800, ipv4(protocols.tcp, segment)));
  frame.write(outsideMac.replaceAll(":", ""), 0, "hex");
  frame.write(insideMac.replaceAll(":", ""), 6, "hex");
  Buffer.from(insideAddress.split(".").map(Number)).copy(frame, 26);
  Buffer.from(outsideAddress.split(".").map(Number)).copy(frame, 30);
  return frame;
}

const frames = new Map<string, Buffer>();
/** The next target of new contacts: each is one more, over all of 10/8. */
let target = 0;

/** Microseconds for each frame. */
function burst(way: number, kind: SmallKind, packets: number): number {
  const socket = packetSocket(way);
  const key = `${kind} ${way}`;
  const frame = frames.get(key) ?? smallFrame(way, kind);
  frames.set(key, frame);
  const startedAt = performance.now();
  for (let sent = 0; sent < packets; sent += 1) {
    if (kind === "contact") {
      target = (target + 1) & 0xff_ffff;
      frame.writeUIntBE(target, 31, 3);
    }
    socket.send(frame, frame.length);
  }
  return ((performance.now() - startedAt) * 1000) / packets;
}

const channel = stdioChannel<SenderCalls, Ready>({
  async bulk({ way, port, megabytes }) {
    return { seconds: await bulk(way, port, megabytes) };
  },
  burst({ way, kind, packets }) {
    return Promise.resolve({ microsecondsPerPacket: burst(way, kind, packets) });
  },
});
channel.tell({ kind: "ready" });
await channel.closed;
process.exit();
