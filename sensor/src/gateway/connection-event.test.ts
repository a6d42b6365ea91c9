import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConnectionEvent } from "./connection-event.ts";

const tuple = "src=10.99.0.11 dst=192.0.2.1 sport=37804 dport=80";
const reply = "src=192.0.2.1 dst=192.0.2.2 sport=80 dport=40001";

test("a beginning and an end say who is behind the outside address and port", () => {
  const begun = parseConnectionEvent(
    `[1795918077.269332]\t    [NEW] ipv4     2 tcp      6 120 SYN_SENT ${tuple} [UNREPLIED] ${reply} id=3101295993`,
  );
  assert.deepEqual(begun, {
    change: "begun",
    at: 1_795_918_077_269.332,
    protocol: "tcp",
    insideAddress: "10.99.0.11",
    insidePort: 37_804,
    outsideAddress: "192.0.2.2",
    outsidePort: 40_001,
    remoteAddress: "192.0.2.1",
    remotePort: 80,
    kernelId: 3_101_295_993,
    ...{ protocolNumber: 6, isAnswered: false, bytesOut: null, bytesIn: null },
  });
  const ended = parseConnectionEvent(
    `[1795918079.1]\t[DESTROY] ipv4     2 tcp      6 TIME_WAIT ${tuple} ${reply} [ASSURED] id=3101295993`,
  );
  assert.deepEqual(ended, { ...begun, change: "ended", at: 1_795_918_079_100, isAnswered: true });
});

test("where the kernel counts, an end tells how much went each way", () => {
  const counted = `${tuple} packets=6 bytes=412 ${reply} packets=5 bytes=9000 [ASSURED] id=3`;
  const ended = parseConnectionEvent(`[1795918079.1]\t[DESTROY] ipv4     2 tcp      6 TIME_WAIT ${counted}`);
  assert.deepEqual([ended?.bytesOut, ended?.bytesIn], [412, 9000]);
});

test("a ping is known by its number in place of a port", () => {
  const line =
    "[1.5]\t[NEW] ipv4 2 icmp 1 30 src=10.99.0.11 dst=192.0.2.1 type=8 code=0 id=77 [UNREPLIED] src=192.0.2.1 dst=192.0.2.2 type=0 code=0 id=1077 id=12";
  const event = parseConnectionEvent(line);
  assert.deepEqual([event?.insidePort, event?.outsidePort, event?.remotePort], [77, 1077, null]);
});

test("a protocol without ports has none, and its number is its own", () => {
  const line =
    "[1.5]\t[NEW] ipv4 2 unknown 47 600 src=10.99.0.11 dst=192.0.2.1 [UNREPLIED] src=192.0.2.1 dst=192.0.2.2 id=9";
  const event = parseConnectionEvent(line);
  assert.deepEqual([event?.insidePort, event?.outsidePort, event?.kernelId], [null, null, 9]);
});

test("what is not translated, is under way, or makes no sense is nothing", () => {
  const own =
    "src=192.0.2.2 dst=192.0.2.1 sport=1 dport=53 [UNREPLIED] src=192.0.2.1 dst=192.0.2.2 sport=53 dport=1 id=1";
  for (const line of [
    `[1.5]\t[NEW] ipv4 2 udp 17 30 ${own}`,
    `[1.5]\t[UPDATE] ipv4 2 tcp 6 60 SYN_RECV ${tuple} ${reply} id=1`,
    `[NEW] ipv4 2 tcp 6 120 SYN_SENT ${tuple} ${reply} id=1`,
    "[1.5]\t[NEW] ipv4 2 tcp",
    "conntrack v1.4.7 (conntrack-tools): 12 flow events have been shown.",
    "",
  ]) {
    assert.equal(parseConnectionEvent(line), null, line);
  }
});
