/** Packets of MQTT 3.1.1 by hand, and connections that send whatever bytes: what no library would let out. */
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { KeyedProfile } from "@cordon/contract";

/** A string as packets carry it. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A packet; its length may be made up. */
export function packet(head: number, body: Buffer, declaredBytes: number = body.length): Buffer {
  const length: number[] = [];
  let left = declaredBytes;
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}

/** CONNECT of a clean session, with a last will where one is given. */
export function connectPacket(clientId: string, will: string | null = null): Buffer {
  const flags = 0x02 | (will === null ? 0 : 0x04);
  const keepalive = Buffer.from([0, 30]);
  const rest = will === null ? [] : [text(will), text("{}")];
  return packet(0x10, Buffer.concat([text("MQTT"), Buffer.from([4, flags]), keepalive, text(clientId), ...rest]));
}

/** PUBLISH at a QoS. */
export function publishPacket(topic: string, payload: Buffer, qos: 0 | 1 | 2 = 1): Buffer {
  const id = qos === 0 ? Buffer.alloc(0) : Buffer.from([0, 7]);
  return packet(0x30 | (qos << 1), Buffer.concat([text(topic), id, payload]));
}

/** The TLS side of a sensor. */
export function tlsOf(profile: KeyedProfile): ConnectionOptions & { readonly host: string; readonly port: number } {
  return {
    host: "127.0.0.1",
    port: profile.controller.port,
    ca: profile.controller.authority,
    cert: profile.credentials.certificate,
    key: profile.credentials.privateKey,
    servername: profile.controller.serverName,
  };
}

/** Sends bytes over TLS and waits until the other side ends it; what it said, or rejects where it does not in time. */
export function sendOverTls(options: ConnectionOptions, bytes: Buffer, timeoutMs = 15_000): Promise<Buffer> {
  return untilClosed(connectTls(options), bytes, timeoutMs);
}

/** The same without TLS. */
export function sendPlain(port: number, bytes: Buffer, timeoutMs = 15_000): Promise<Buffer> {
  return untilClosed(connectTcp(port, "127.0.0.1"), bytes, timeoutMs);
}

function untilClosed(socket: ReturnType<typeof connectTcp>, bytes: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const said: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`still open after ${bytes.subarray(0, 60).toString("latin1")}`));
    }, timeoutMs);
    socket.on("data", (chunk: Buffer) => said.push(chunk));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(said));
    });
    socket.write(bytes);
  });
}
