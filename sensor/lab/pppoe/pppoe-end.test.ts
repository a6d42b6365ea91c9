import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { address, ipv4, udp } from "../../src/packet/frame-builder.ts";
import { protocols } from "../../src/packet/packet.ts";
import { internetChecksum } from "../../src/remedy/internet-checksum.ts";
import { codes, decodeFrame, etherTypes } from "./frames.ts";
import { PppoeEnd } from "./pppoe-end.ts";
import type { PppRole } from "./ppp-session.ts";
import { completeChecksum } from "./whole-checksum.ts";

/** A router and its provider on one cable, which may be cut, and everything that was on it. */
function cableOf() {
  let isCut = false;
  const frames: Buffer[] = [];
  const underWay: (() => void)[] = [];
  const changes: string[] = [];
  const delivered: string[] = [];
  const makeEnd = (name: string, mac: string, role: PppRole, other: () => PppoeEnd): PppoeEnd => {
    let drawn = 0;
    return new PppoeEnd({
      role,
      mac,
      random: (bound) => (drawn += 7) % bound,
      send: (frame) => {
        if (isCut) return;
        frames.push(frame);
        underWay.push(() => other().hear(frame));
      },
      deliver: (packet) => delivered.push(`${name} ${packet.toString("latin1")}`),
      onChange: (isUp) => changes.push(`${name} ${isUp ? "up" : "down"}`),
    });
  };
  const router = makeEnd("router", "0a0000000001", { kind: "dialler", user: "u", password: "p" }, () => provider);
  const provider: PppoeEnd = makeEnd(
    "provider",
    "0a0000000002",
    { kind: "provider", ownAddress: "192.0.2.1", givenAddress: "192.0.2.77" },
    () => router,
  );
  const settle = (): void => {
    for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) next();
  };
  return {
    ...{ router, provider, frames, changes, delivered, settle },
    cut: (now: boolean) => (isCut = now),
    pass: (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        for (const end of [router, provider]) {
          end.tick();
          settle();
        }
      }
    },
  };
}

test("a router whose login is refused is given sessions and gets nothing through, until it is let in again", () => {
  const { router, provider, frames, changes, delivered, pass, settle } = cableOf();
  pass(1);
  frames.length = 0;
  provider.bar(true);
  settle();
  pass(20);
  router.carry(Buffer.from("refused"));
  settle();
  deepEqual(delivered, []);
  const given = codesOf(frames).filter((code) => code === codes.confirmation).length;
  ok(given >= 2 && given <= 6, `${given} sessions in 20 seconds`);
  deepEqual(changes.slice(2).toSorted(), ["provider down", "router down"]);
  provider.bar(false);
  pass(10);
  deepEqual(changes.slice(4).toSorted(), ["provider up", "router up"]);
});

const codesOf = (frames: readonly Buffer[]): readonly number[] => frames.map((frame) => decodeFrame(frame)?.code ?? -1);

test("a router finds its provider, is let in, and IP passes both ways in frames of the session", () => {
  const { router, provider, frames, changes, delivered, pass, settle } = cableOf();
  router.carry(Buffer.from("too early"));
  equal(frames.length, 0);
  pass(1);
  deepEqual(codesOf(frames).slice(0, 4), [codes.initiation, codes.offer, codes.request, codes.confirmation]);
  deepEqual(changes.toSorted(), ["provider up", "router up"]);
  frames.length = 0;
  router.carry(Buffer.from("out"));
  provider.carry(Buffer.from("in"));
  settle();
  deepEqual(delivered, ["provider out", "router in"]);
  const [out] = frames;
  ok(out !== undefined);
  equal(out.readUInt16BE(12), etherTypes.session);
  // Version and type, code, and what stands before IP (RFC 2516 4).
  equal(out.readUInt16BE(14), 0x1100);
  ok(out.readUInt16BE(16) !== 0, "a session has a number");
  equal(out.readUInt16BE(18), 2 + "out".length);
  equal(out.readUInt16BE(20), 0x0021);
});

test("a session that nobody disturbs stands, and both ends ask for one another", () => {
  const { frames, changes, pass } = cableOf();
  pass(1);
  frames.length = 0;
  pass(60);
  equal(changes.length, 2);
  const echoes = frames.filter((frame) => frame.readUInt16BE(20) === 0xc021 && frame[22] === 9);
  equal(new Set(echoes.map((frame) => decodeFrame(frame)?.source)).size, 2);
});

test("a cut of the line ends the session at both ends, and the next one is found once it is over", () => {
  const { frames, changes, cut, pass } = cableOf();
  pass(1);
  const before = decodeFrame(frames.at(-1) ?? Buffer.alloc(0))?.sessionId;
  cut(true);
  pass(12);
  deepEqual(changes.slice(2).toSorted(), ["provider down", "router down"]);
  cut(false);
  frames.length = 0;
  pass(1);
  deepEqual(changes.slice(4).toSorted(), ["provider up", "router up"]);
  equal(codesOf(frames)[0], codes.initiation);
  ok(decodeFrame(frames.at(-1) ?? Buffer.alloc(0))?.sessionId !== before);
});

test("a cut that is shorter than the ends' patience ends nothing", () => {
  const { changes, cut, pass } = cableOf();
  pass(1);
  cut(true);
  pass(4);
  cut(false);
  pass(20);
  equal(changes.length, 2);
});

test("a checksum that was left to the device is completed, and a fragment left alone", () => {
  const source = "192.0.2.1";
  const destination = "198.51.100.9";
  const make = (): Buffer => Buffer.from(ipv4(protocols.udp, udp(5000, 53, [1, 2, 3]), { source, destination }));
  const packet = make();
  packet.writeUInt16BE(0xbeef, 26);
  completeChecksum(packet);
  const segment = packet.subarray(20);
  const ends = [...address(source), ...address(destination), 0, protocols.udp, 0, segment.length];
  // With the checksum in it, everything adds up to nothing (RFC 1071).
  equal(internetChecksum(Uint8Array.from([...ends, ...segment])), 0);
  const fragment = make();
  fragment.writeUInt16BE(0x2000, 6);
  fragment.writeUInt16BE(0xbeef, 26);
  completeChecksum(fragment);
  equal(fragment.readUInt16BE(26), 0xbeef);
});
