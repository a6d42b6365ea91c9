import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { neighboursOf } from "./neighbours.ts";

test("a neighbour is who is on the network of the address, however his own is written", () => {
  const loopback = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ address }) => address === "127.0.0.1");
  assert.equal(loopback?.cidr, "127.0.0.1/8");
  const isNeighbour = neighboursOf("127.0.0.1");
  const asked = [
    "127.0.0.1",
    "127.200.0.9",
    "::ffff:127.0.0.2",
    "192.0.2.1",
    "::ffff:192.0.2.1",
    "fe80::1%lo",
    undefined,
  ];
  assert.deepEqual(asked.map(isNeighbour), [true, true, true, false, false, false, false]);
  // Of one that this machine does not have, nobody but itself.
  const stranger = neighboursOf("192.0.2.7");
  assert.deepEqual(["192.0.2.7", "192.0.2.8"].map(stranger), [true, false]);
});
