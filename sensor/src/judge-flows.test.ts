import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowLine } from "./connection/flow.ts";
import { hostAddress, hostKey, monday, officeAtWork, Scene, stranger } from "./judge-scene.ts";
import type { JudgeOptions } from "./judge-options.ts";
import { formatAddress, parseAddress } from "./packet/address.ts";
import { tcp } from "./packet/frame-builder.ts";
import { protocols, tcpFlags } from "./packet/packet.ts";

const at = monday;
const server = stranger(1);

function aScene(options: Partial<JudgeOptions> = {}): { readonly scene: Scene; readonly lines: FlowLine[] } {
  const lines: FlowLine[] = [];
  return { scene: new Scene({ flowSeen: (line) => lines.push(line), ...options }), lines };
}

/** What tells lines apart in these tests. */
function brief({ remote, remotePort, outcome, attempts, isInbound }: FlowLine): string {
  return `${formatAddress(remote)}:${remotePort} ${outcome}${isInbound ? " inbound" : ""} x${attempts}`;
}

test("every connection becomes a line with its machine, its name and its outcome", () => {
  const { scene, lines } = aScene();
  scene.lookUp(10, { at, name: "www.example.net", addresses: [server] });
  scene.contact(10, { at: at + 100, to: server, port: 443, outcome: "answered" });
  scene.contact(10, { at: at + 200, to: server, port: 8443, outcome: "refused" });
  scene.contact(10, { at: at + 300, to: stranger(2), port: 443 });
  scene.datagram(10, { at: at + 400, to: stranger(3), port: 4500, outcome: "answered" });
  scene.ping(10, { at: at + 500, to: stranger(4), outcome: "answered" });
  scene.play(at + 62_000);
  assert.deepEqual(lines.map(brief), [
    "198.51.100.53:53 established x1",
    `${server}:443 established x1`,
    `${server}:8443 refused x1`,
    `${stranger(2)}:443 silent x1`,
    `${stranger(3)}:4500 established x1`,
    `${stranger(4)}:-1 established x1`,
  ]);
  const [, web] = lines;
  assert.equal(web?.host, hostKey(10));
  assert.equal(formatAddress(web?.inside ?? 0), hostAddress(10));
  assert.deepEqual([web?.name, web?.verdict, web?.startedAt], ["www.example.net", "clear", at + 100]);
});

test("repeats of a packet are one connection, another source port is another", () => {
  const { scene, lines } = aScene();
  for (const after of [0, 1000, 3000]) scene.syn(10, { at: at + after, to: server, port: 25, sourcePort: 5000 });
  scene.syn(10, { at: at + 3100, to: server, port: 25, sourcePort: 5001 });
  scene.play(at + 70_000);
  assert.deepEqual(lines.map(brief), [`${server}:25 silent x3`, `${server}:25 silent x1`]);
  assert.deepEqual([lines[0]?.startedAt, lines[0]?.lastAt], [at, at + 3000]);
});

test("bytes are told of both directions once both ends have closed, and are unknown otherwise, never none", () => {
  const { scene, lines } = aScene();
  const sourcePort = 5000;
  scene.contact(10, { at, to: server, port: 80, sourcePort, sequence: 0xffff_ff00, outcome: "answered" });
  scene.contact(10, { at, to: server, port: 81, sourcePort, outcome: "answered" });
  const fin = tcpFlags.fin | tcpFlags.ack;
  // 600 bytes were sent before, and the number went round.
  scene.syn(10, { at: at + 1000, to: server, port: 80, sourcePort, sequence: 0xffff_ff00 + 601 - 2 ** 32, flags: fin });
  // The last ten bytes come with it.
  const close = tcp({ sourcePort: 80, destinationPort: sourcePort, sequence: 77 + 1 + 9000, flags: fin }, [
    ...new Array<number>(10).fill(1),
  ]);
  scene.inward(10, at + 1100, server, protocols.tcp, close);
  scene.play(at + 2000);
  assert.equal(lines.length, 1);
  assert.deepEqual([lines[0]?.bytesOut, lines[0]?.bytesIn, lines[0]?.isEnded], [600, 9010, true]);
  assert.equal(lines[0]?.lastAt, at + 1100);
  scene.play(at + 62_000);
  assert.deepEqual([lines[1]?.remotePort, lines[1]?.bytesOut, lines[1]?.isEnded], [81, null, false]);
});

test("one that lasts is told after a minute, and again with the same beginning when it ends", () => {
  const { scene, lines } = aScene();
  scene.contact(10, { at, to: server, port: 22, sourcePort: 5000, sequence: 100, outcome: "answered" });
  scene.play(at + 61_000);
  scene.syn(10, {
    ...{ at: at + 3_600_000, to: server, port: 22, sourcePort: 5000 },
    ...{ sequence: 5101, flags: tcpFlags.fin | tcpFlags.ack },
  });
  scene.play(at + 3_612_000);
  assert.deepEqual(
    lines.map(({ startedAt, isEnded, bytesOut, bytesIn }) => [startedAt, isEnded, bytesOut, bytesIn]),
    [
      [at, false, null, null],
      [at, true, 5000, null],
    ],
  );
});

test("what begins outside is told as such, with the machine that it reached", () => {
  const { scene, lines } = aScene();
  scene.page(10, { at, site: 1 });
  scene.serves(20, { at: at + 1000, client: stranger(9), port: 25 });
  scene.serves(20, { at: at + 2000, client: stranger(9), port: 25 });
  scene.play(at + 64_000);
  const inbound = lines.filter(({ isInbound }) => isInbound);
  assert.deepEqual(inbound.map(brief), [`${stranger(9)}:4000 established inbound x2`]);
  assert.deepEqual([inbound[0]?.host, inbound[0]?.insidePort], [hostKey(20), 25]);
});

test("what we stopped is no silence, nor is what a dead line left unanswered", () => {
  const { scene, lines } = aScene();
  scene.syn(10, { at, to: stranger(1), port: 445, mark: "stopped" });
  const office = [11, 12, 13, 14];
  officeAtWork(scene, office, at, at + 60_000, "answered");
  officeAtWork(scene, office, at + 60_000, at + 100_000, "silent");
  scene.play(at + 170_000);
  assert.equal(lines.find(({ remotePort }) => remotePort === 445)?.outcome, "refused-by-us");
  const ofOutage = lines.filter(({ startedAt, remotePort }) => startedAt > at + 62_000 && remotePort === 443);
  assert.ok(ofOutage.length > 10);
  assert.deepEqual([...new Set(ofOutage.map(({ outcome }) => outcome))], ["line-down"]);
});

test("the box's own connections are nobody's", () => {
  const own = hostAddress(2);
  const { scene, lines } = aScene({ exclude: [own] });
  scene.contact(2, { at, to: server, port: 443, outcome: "answered" });
  scene.contact(10, { at, to: own, port: 443, outcome: "refused" });
  scene.play(at + 70_000);
  assert.deepEqual(lines, []);
});

test("what a gateway translated stands beside what was seen, and is a connection without it", () => {
  const { scene, lines } = aScene();
  const key = (text: string) => parseAddress(text) ?? 0;
  const translated = {
    ...{ protocol: protocols.tcp, inside: key(hostAddress(10)), outside: key("192.0.2.2"), remote: key(server) },
    ...{ insidePort: 5000, outsidePort: 40_001, remotePort: 443, isAnswered: true, bytesOut: 700, bytesIn: 80_000 },
  };
  scene.contact(10, { at, to: server, port: 443, sourcePort: 5000, outcome: "answered" });
  scene.play(at + 100);
  scene.judge.translated({ ...translated, change: "begun", at: at + 1, bytesOut: null, bytesIn: null });
  scene.judge.translated({ ...translated, change: "begun", at: at + 200, insidePort: 5001, outsidePort: 40_002 });
  scene.judge.translated({ ...translated, change: "ended", at: at + 9000 });
  scene.judge.translated({ ...translated, change: "ended", at: at + 9000, insidePort: 5001, outsidePort: 40_002 });
  assert.deepEqual(
    lines.map(({ host, insidePort, outsidePort, outcome, attempts, bytesIn, lastAt }) => [
      ...[host, insidePort, outsidePort, outcome, attempts, bytesIn, lastAt - at],
    ]),
    [
      [hostKey(10), 5000, 40_001, "established", 1, 80_000, 9000],
      [hostKey(10), 5001, 40_002, "established", 0, 80_000, 9000],
    ],
  );
});

test("at the end everything that was not told yet is told as it is", () => {
  const { scene, lines } = aScene();
  scene.contact(10, { at, to: server, port: 443, outcome: "answered" });
  scene.play(at + 100);
  scene.judge.close();
  assert.deepEqual(lines.map(brief), [`${server}:443 established x1`]);
});
