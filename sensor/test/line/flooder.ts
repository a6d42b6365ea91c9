/**
 * One machine that floods: frames as fast as they go, straight past its own kernel's protocols. Its arguments: the
 * way (`one-mac` or `made-up`), its MAC, the router's, and for how many seconds. Says `{"sent": n}` at its end.
 */
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import { ethernet, ipv4, tcp, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";

interface FrameSender {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  send(frame: Buffer, bytes: number): void;
}

const [way = "one-mac", ownMac = "", routerMac = "", seconds = "1", source = ""] = process.argv.slice(2);
const { Cap } = createRequire(import.meta.url)("cap") as { Cap: new () => FrameSender };
const sender = new Cap();
// It is only sent through: no frame is shorter than one byte.
sender.open("eth0", "less 1", 1 << 20, Buffer.alloc(2048));

const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);
const frame = (packet: number[]) => Buffer.from(ethernet(0x0800, packet, number(ownMac), number(routerMac)));
const addressed = { source, destination: "198.18.0.0" };
const frames = {
  syn: frame(ipv4(protocols.tcp, tcp({ flags: tcpFlags.syn, destinationPort: 80 }), addressed)),
  dns: frame(ipv4(protocols.udp, udp(4000, 53, [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), addressed)),
};

const perTurn = 1000;
// Twice what the box lets its bridge learn, and more than any table of ours takes. The bridge of a lab may have no bound, and
// what its kernel needs for a table of a million addresses is not what is to be seen here.
const madeUpMacs = 0x8000;
const sent = { syn: 0, dns: 0 };
const until = performance.now() + Number(seconds) * 1000;
while (performance.now() < until) {
  for (let each = 0; each < perTurn; each += 1) {
    const kind = each % 4 === 0 ? "dns" : "syn";
    const bytes = frames[kind];
    const index = sent[kind]++;
    // The target changes with each, and so do, if made up, both names of the sender.
    bytes.writeUInt16BE(index & 0xffff, 14 + 18);
    if (way === "made-up") {
      bytes.writeUInt32BE((0x9900_0000 + (index % madeUpMacs)) >>> 0, 8);
      bytes.writeUInt16BE(index & 0xffff, 14 + 14);
    }
    sender.send(bytes, bytes.length);
  }
  await turn();
}
process.stdout.write(`${JSON.stringify(sent)}\n`);
