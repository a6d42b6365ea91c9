import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { dhcpRequest, isAcknowledgement } from "./announce.ts";

const host = { name: "front-desk", mac: "00:14:22:01:02:fe", address: "192.168.7.33" };

test("a request names the host and the address it remembers, and no address of a server", () => {
  const packet = dhcpRequest(host, 0x01020304);
  equal(packet.readUInt32BE(4), 0x01020304);
  ok(packet.includes(Buffer.from([50, 4, 192, 168, 7, 33])));
  ok(packet.includes(Buffer.concat([Buffer.from([12, 10]), Buffer.from("front-desk")])));
  ok(packet.subarray(28, 34).equals(Buffer.from([0, 0x14, 0x22, 1, 2, 0xfe])));
  // RFC 2131 4.3.2: a client that reboots fills in neither its address nor a server.
  equal(packet.readUInt32BE(12), 0);
  ok(!packet.subarray(240).includes(Buffer.from([54, 4])));
});

test("only an acknowledgement of the same transaction counts", () => {
  const answer = dhcpRequest(host, 7);
  equal(isAcknowledgement(answer, 7), false);
  answer[answer.indexOf(Buffer.from([53, 1, 3])) + 2] = 5;
  equal(isAcknowledgement(answer, 7), true);
  equal(isAcknowledgement(answer, 8), false);
});

test("a cut-off answer is no acknowledgement", () => {
  const answer = dhcpRequest(host, 7);
  for (let length = 0; length < 243; length += 1) equal(isAcknowledgement(answer.subarray(0, length), 7), false);
});
