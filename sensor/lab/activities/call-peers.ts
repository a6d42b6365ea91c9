import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { DrawnActivity } from "../protocol.ts";
import { seededRandom, wholeBetween, type Random } from "../random.ts";
import type { Site } from "../site.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { drawStranger } from "./scan.ts";

interface Peer {
  readonly address: string;
  readonly port: number;
}

/** As file sharing gives up on a peer that does not answer. */
const connectMs = 15_000;
const talkMs = 2000;
const greeting = Buffer.alloc(68, 0x13);
/** Above what the Internet's services have. */
const highPorts = [10_000, 60_000] as const;

function drawPeers({ port, peers }: DrawnActivity<"call-peers">, site: Site, own: Random): readonly Peer[] {
  const source = port === "any" ? own : seededRandom(site.facts.seed).fork(`peers/${port}`);
  return Array.from({ length: Math.round(peers) }, () => ({
    address: drawStranger(source),
    port: port === "any" ? wholeBetween(source, highPorts) : port,
  }));
}

function talk({ address, port }: Peer, signal: AbortSignal): void {
  const socket = connect({ host: address, port, signal });
  socket.setTimeout(connectMs, () => socket.destroy());
  // Most of them are not there any more.
  socket.on("error", () => undefined);
  socket.on("connect", () => {
    socket.setTimeout(talkMs, () => socket.destroy());
    socket.write(greeting);
  });
  socket.resume();
}

/** Calls others that run the same program, by addresses for which nobody asked a name server. */
export async function callPeers(plan: DrawnActivity<"call-peers">, context: ActivityContext): Promise<void> {
  const { random, signal, site, clock } = context;
  const peers = drawPeers(plan, site, random);
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  const beganAt = clock();
  try {
    for (let calls = 0; !signal.aborted; calls += 1) {
      const peer = peers[calls % peers.length];
      if (peer === undefined) return;
      if (plan.protocol === "udp") socket.send(greeting, peer.port, peer.address, () => undefined);
      else talk(peer, signal);
      await pause(Math.max(0, beganAt + ((calls + 1) * 1000) / plan.perSecond - clock()), signal);
    }
  } finally {
    socket.close();
  }
}
