import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacket, protocols } from "../packet/packet.ts";
import { contactFailureOf } from "./contact-failure.ts";

for (const [name, protocol, icmpType, icmpCode, failure] of [
  ["host unreachable", protocols.icmp, 3, 1, "unreachable"],
  ["prohibited", protocols.icmp, 3, 13, "forbidden"],
  ["too big, IPv4", protocols.icmp, 3, 4, null],
  ["time exceeded", protocols.icmp, 11, 0, "unreachable"],
  ["redirect", protocols.icmp, 5, 1, null],
  ["no route, IPv6", protocols.icmpv6, 1, 0, "unreachable"],
  ["prohibited, IPv6", protocols.icmpv6, 1, 1, "forbidden"],
  ["too big, IPv6", protocols.icmpv6, 2, 0, null],
] as const) {
  test(`${name} is ${failure ?? "no failure"}`, () => {
    assert.equal(contactFailureOf({ ...createPacket(), protocol, icmpType, icmpCode }), failure);
  });
}
