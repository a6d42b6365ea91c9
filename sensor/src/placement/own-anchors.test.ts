import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../packet/address.ts";
import { gatewaysIn, networksIn, resolversIn } from "./own-anchors.ts";

const written = (found: ReturnType<typeof gatewaysIn>) =>
  found.map(({ role, address }) => `${role} ${formatAddress(address)}`);

test("default routes name gateways, and a route without one names none", () => {
  const routes = [{ dst: "default", gateway: "192.168.1.1", dev: "br0" }, { dst: "default", dev: "ppp0" }, {}];
  assert.deepEqual(written(gatewaysIn(JSON.stringify(routes))), ["gateway 192.168.1.1"]);
  assert.deepEqual(gatewaysIn(""), []);
});

test("the networks here are those that begin behind the bridge, tagged or not, and no way through a router", () => {
  const routes = [
    { dst: "default", gateway: "192.168.1.1", dev: "br0" },
    { dst: "192.168.1.0/24", dev: "br0", scope: "link" },
    { dst: "10.20.0.0/16", dev: "br0.20", scope: "link" },
    { dst: "10.9.0.0/16", gateway: "192.168.1.254", dev: "br0" },
    { dst: "203.0.113.0/24", dev: "wan0", scope: "link" },
    { dst: "10.0.0.0/8", dev: "br01", scope: "link" },
    {},
  ];
  assert.deepEqual(networksIn(JSON.stringify(routes), "br0"), ["192.168.1.0/24", "10.20.0.0/16"]);
});

test("name servers are read from a file of resolvers, whatever else is in it", () => {
  const text = "# nameserver 1.1.1.1\nsearch office\nnameserver 192.168.1.53\n nameserver fe80::1%br0\nnameserver\n";
  assert.deepEqual(written(resolversIn(text)), ["resolver 192.168.1.53"]);
});
