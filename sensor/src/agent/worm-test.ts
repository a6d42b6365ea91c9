import type { HostSnapshot } from "@cordon/contract";
import { Selector } from "../capture/selector.ts";
import { Judge } from "../judge.ts";
import { aFrame, ethernet, ipv4, tcp } from "../packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";

/**
 * Whether this program still knows a worm: a made-up office of two machines, frame by frame through the pipeline that judges the wire,
 * in packet time, in memory and in a moment. One tries file sharing at addresses by chance, the other works.
 */

const worm = 0x0200_0000_0001;
const worker = 0x0200_0000_0002;
const gateway = 0x0200_0000_fe01;
const [wormAddress, workerAddress] = ["192.168.1.10", "192.168.1.11"];
const seconds = 90;
const triesASecond = 5;

/** What the judge came to: empty where it is as it should be, else one sentence. */
export function wormTest(): string {
  const judging = new Judge({ localNets: [], declared: [], exclude: [] });
  const selector = new Selector();
  const weird = new WeirdCounter();
  const packet = createPacket();
  const hear = (at: number, bytes: Uint8Array): void => {
    if (!parseFrame(aFrame(bytes, { at }), packet, weird)) return;
    packet.at = at;
    if (selector.select(packet) !== null) judging.observe(packet);
  };
  for (let tick = 0; tick < seconds * triesASecond; tick += 1) {
    const at = tick * (1000 / triesASecond);
    const target = `${11 + (tick % 89)}.${(tick * 7) % 256}.${(tick * 13) % 256}.${1 + (tick % 250)}`;
    hear(at, segment(worm, gateway, wormAddress, target, { sourcePort: 40_000 + tick, destinationPort: 445 }));
    // Somebody at work: two sites, over and over, and each answers.
    const site = `198.51.100.${7 + (tick % 2)}`;
    const ports = { sourcePort: 50_000 + tick, destinationPort: 443 };
    hear(at + 1, segment(worker, gateway, workerAddress, site, ports));
    const back = { sourcePort: 443, destinationPort: ports.sourcePort, flags: tcpFlags.syn | tcpFlags.ack };
    hear(at + 30, segment(gateway, worker, site, workerAddress, back));
    judging.advance(at + 31);
  }
  return faultOf(judging.hosts());
}

function segment(from: number, to: number, source: string, destination: string, fields: Parameters<typeof tcp>[0]) {
  return ethernet(
    0x0800,
    ipv4(protocols.tcp, tcp({ flags: tcpFlags.syn, ...fields }), { source, destination }),
    from,
    to,
  );
}

function faultOf(hosts: readonly HostSnapshot[]): string {
  const found = (end: string) => hosts.find(({ host }) => host.endsWith(end));
  const [bad, good] = [found(":01"), found(":02")];
  if (bad?.verdict !== "infected" || bad.class !== "scanner") {
    return `a worm was played to it, and the judge says ${bad?.verdict ?? "nothing"} of it`;
  }
  if (good !== undefined && good.verdict !== "clear") return `the judge says ${good.verdict} of a machine that works`;
  return "";
}
