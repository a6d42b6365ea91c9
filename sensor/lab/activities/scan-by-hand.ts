import { createRequire } from "node:module";
import { address, ethernet, ipv4, tcp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import { internetChecksum } from "../../src/remedy/internet-checksum.ts";
import type { DrawnActivity } from "../protocol.ts";
import { wholeBetween } from "../random.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { drawPort, drawStranger } from "./scan.ts";

/** What of `cap` puts frames on a port, past the kernel's protocols. */
interface FrameSender {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  send(frame: Buffer, bytes: number): void;
  close(): void;
}

const burstEveryMs = 1000;

/** A SYN without options, from a port of the bot's own choice, with both check sums: the router looks at them. */
export function handMadeSyn(source: string, target: string, sourcePort: number, destinationPort: number): number[] {
  const sequence = address(target).reduce((sum, byte) => sum * 256 + byte, 0);
  const segment = tcp({ sourcePort, destinationPort, sequence, flags: tcpFlags.syn });
  const ends = [...address(source), ...address(target), 0, protocols.tcp, 0, segment.length];
  segment.splice(16, 2, ...bytesOf(internetChecksum(Uint8Array.from([...ends, ...segment]))));
  const packet = ipv4(protocols.tcp, segment, { source, destination: target });
  packet.splice(10, 2, ...bytesOf(internetChecksum(Uint8Array.from(packet.slice(0, 20)))));
  return packet;
}

const bytesOf = (value: number): readonly number[] => [value >> 8, value & 0xff];

/**
 * Knocks at random addresses by packets that no system makes. Whoever answers is answered by the host's kernel, which knows
 * of nothing: with a reset.
 */
export async function scanByHand(plan: DrawnActivity<"scan-by-hand">, context: ActivityContext): Promise<void> {
  const { random, signal, site, host } = context;
  const { Cap } = createRequire(import.meta.url)("cap") as { Cap: new () => FrameSender };
  const card = (mac: string): number => Number.parseInt(mac.replaceAll(":", ""), 16);
  const port = new Cap();
  // It is only sent through: no frame is shorter than one byte.
  port.open("eth0", "less 1", 1 << 16, Buffer.alloc(2048));
  const sourcePort = wholeBetween(random, [1025, 60_000]);
  try {
    while (!signal.aborted) {
      for (let sent = 0; sent < plan.perSecond; sent += 1) {
        const packet = handMadeSyn(host.address, drawStranger(random), sourcePort, drawPort(random, plan.port));
        const frame = Buffer.from(ethernet(0x0800, packet, card(host.mac), card(site.facts.gateway.mac)));
        port.send(frame, frame.length);
      }
      await pause(burstEveryMs, signal);
    }
  } finally {
    port.close();
  }
}
