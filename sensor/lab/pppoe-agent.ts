import { flushCompileCache } from "node:module";
import { loadCap, type SendingCapModule } from "../src/capture/reader.ts";
import type { LabEvent } from "./lab.ts";
import type { PppoeCalls, Ready } from "./protocol.ts";
import { seededRandom } from "./random.ts";
import { drawSite } from "./site.ts";
import { stdioChannel } from "./stdio-channel.ts";
import { dialPorts, standInMac } from "./pppoe/dial-ports.ts";
import { completeChecksum } from "./pppoe/whole-checksum.ts";
import { etherTypes } from "./pppoe/frames.ts";
import { PppoeEnd } from "./pppoe/pppoe-end.ts";
import type { PppRole } from "./pppoe/ppp-session.ts";

/*
 * One end of a line with PPPoE, since a kernel need not know PPP: takes IP packets off one port and puts them onto the
 * line in a session's frames, and the other way round. Called with the seed and "router" or "provider".
 */

/** No frame is longer; a ring of this size takes what a dozen downloads send at once. */
const frameBytes = 2048;
const ringBytes = 16 * 1024 * 1024;

type Port = InstanceType<SendingCapModule["Cap"]>;

const digitsOf = (mac: string): string => mac.replaceAll(":", "");

async function main(seed: number, place: "router" | "provider"): Promise<void> {
  const site = drawSite(seed);
  const { facts, wan } = site;
  const random = seededRandom(seed).fork(`pppoe/${place}`);
  const { Cap } = loadCap(import.meta.url);
  const role: PppRole =
    place === "router"
      ? { kind: "dialler", user: "office", password: "secret" }
      : { kind: "provider", ownAddress: wan.providerAddress, givenAddress: facts.publicAddress };
  let isCut = false;

  const channel = stdioChannel<PppoeCalls, LabEvent | Ready>({
    cut: async (cut) => {
      isCut = cut.isCut;
      return null;
    },
    bar: async ({ isBarred }) => {
      end.bar(isBarred);
      return null;
    },
  });

  const open = (device: string, filter: string, hear: (frame: Buffer) => void): Port => {
    const port = new Cap();
    const buffer = Buffer.alloc(frameBytes);
    // Not what was sent here.
    port.open(device, `inbound and (${filter})`, ringBytes, buffer);
    port.on("packet", (sizeBytes, isTruncated) => {
      if (!isCut && !isTruncated) hear(buffer.subarray(0, sizeBytes));
    });
    return port;
  };

  const ethernet = Buffer.from(`${digitsOf(standInMac).repeat(2)}0800`, "hex");
  const end = new PppoeEnd({
    role,
    mac: digitsOf(place === "router" ? wan.routerMac : wan.providerMac),
    random: (bound) => Math.floor(random.next() * bound),
    send: (frame) => {
      if (!isCut) line.send(frame, frame.length);
    },
    deliver: (packet) => {
      const frame = Buffer.concat([ethernet, packet]);
      inside.send(frame, frame.length);
    },
    onChange: (isUp) => channel.tell({ kind: "session", at: Date.now(), place, state: isUp ? "up" : "down" }),
  });
  const line = open(
    dialPorts.line,
    `ether proto ${etherTypes.discovery} or ether proto ${etherTypes.session}`,
    (frame) => end.hear(frame),
  );
  const inside = open(dialPorts.far, "ip", (frame) => {
    const packet = frame.subarray(ethernet.length);
    completeChecksum(packet);
    end.carry(packet);
  });

  end.tick();
  setInterval(() => end.tick(), 1000);
  channel.tell({ kind: "ready" });
  // Now and not at the end: this process ends by being killed with its namespace.
  flushCompileCache();
  await channel.closed;
  process.exit(0);
}

await main(Number(process.argv[2]), process.argv[3] === "router" ? "router" : "provider");
