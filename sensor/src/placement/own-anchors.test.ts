import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../packet/address.ts";
import { gatewaysIn, resolversIn } from "./own-anchors.ts";

const written = (found: ReturnType<typeof gatewaysIn>) =>
  found.map(({ role, address }) => `${role} ${formatAddress(address)}`);

test("default routes name gateways, and a route without one names none", () => {
  const routes = [{ dst: "default", gateway: "192.168.1.1", dev: "br0" }, { dst: "default", dev: "ppp0" }, {}];
  assert.deepEqual(written(gatewaysIn(JSON.stringify(routes))), ["gateway 192.168.1.1"]);
  assert.deepEqual(gatewaysIn(""), []);
});

test("name servers are read from a file of resolvers, whatever else is in it", () => {
  const text = "# nameserver 1.1.1.1\nsearch office\nnameserver 192.168.1.53\n nameserver fe80::1%br0\nnameserver\n";
  assert.deepEqual(written(resolversIn(text)), ["resolver 192.168.1.53"]);
});
