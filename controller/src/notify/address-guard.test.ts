import assert from "node:assert/strict";
import { createServer, connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { AddressGuard, isPublic } from "./address-guard.ts";

const closed = [
  ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"],
  ...[
    "172.31.255.255",
    "192.168.0.1",
    "192.0.2.7",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "255.255.255.255",
  ],
  ...[
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::",
    "fec0::1",
  ],
  // The same in other clothes: mapped, and translated.
  ...["::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1", "fd00:ec2::254"],
];
const open = [
  "1.1.1.1",
  "8.8.8.8",
  "172.32.0.1",
  "100.128.0.1",
  "192.169.0.1",
  "2606:4700::1111",
  "::ffff:1.1.1.1",
  "64:ff9b::101:101",
];

test("addresses that no public receiver has are known, in both families and however they are written", () => {
  for (const address of closed) assert.equal(isPublic(address), false, address);
  for (const address of open) assert.equal(isPublic(address), true, address);
});

test("what is not public is called only where it was named: by address, network or name", () => {
  const none = new AddressGuard();
  assert.throws(() => none.check("127.0.0.1"), { code: "address-refused" });
  assert.throws(() => none.check("::1"), { code: "address-refused" });
  none.check("8.8.8.8");
  none.check("hook.example");

  const some = new AddressGuard(["10.1.2.0/24", "fd00:1::/32", "192.168.7.7", "Relay.Office.example."]);
  some.check("10.1.2.200");
  some.check("fd00:1:ffff::9");
  some.check("::ffff:10.1.2.3");
  some.check("192.168.7.7");
  assert.ok(some.permits("relay.office.EXAMPLE", "10.9.9.9"), "whatever address a named host has");
  for (const address of ["10.1.3.1", "fd00:2::1", "192.168.7.8", "127.0.0.1"]) {
    assert.throws(() => some.check(address), { code: "address-refused" }, address);
  }
  for (const bad of ["10.0.0.0/33", "10.0.0.0/8/8", "a b", "http://relay", ""]) {
    assert.throws(() => new AddressGuard([bad]), { code: "bad-address" }, bad);
  }
});

test("a name that changes its address in between is connected to by the one that was looked at, or not at all", async (t) => {
  const server = createServer((socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  let connections = 0;
  server.on("connection", () => (connections += 1));
  // A name server of somebody who answers the public address first, and then what is behind the wall.
  const answers = ["93.184.216.34", "127.0.0.1", "::ffff:127.0.0.1"];
  const guard = new AddressGuard([], (_, __, callback) => {
    const address = answers.shift() ?? "127.0.0.1";
    callback(null, [{ address, family: address.includes(":") ? 6 : 4 }]);
  });
  const looked = await new Promise((resolve) => guard.lookup("evil.example", {}, (_, address) => resolve(address)));
  assert.equal(looked, "93.184.216.34");
  for (const _ of ["then", "mapped"]) {
    const [error] = (await once(connect({ host: "evil.example", port, lookup: guard.lookup }), "error")) as [Error];
    assert.equal((error as { code?: string }).code, "address-refused");
  }
  assert.deepEqual([answers.length, connections], [0, 0]);
});

test("a name is held to what it resolves to at the moment of connecting", async (t) => {
  const server = createServer((socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  let connections = 0;
  server.on("connection", () => (connections += 1));

  const refused = connect({ host: "localhost", port, lookup: new AddressGuard().lookup });
  const [error] = (await once(refused, "error")) as [{ code: string; message: string }];
  assert.equal(error.code, "address-refused");
  assert.match(error.message, /^localhost \(.+\) is not on the public Internet/);
  assert.equal(connections, 0);

  // A name that has a permitted and another address is called at the permitted one alone.
  const allowed = connect({ host: "localhost", port, lookup: new AddressGuard(["127.0.0.1"]).lookup });
  await once(allowed, "connect");
  assert.equal(allowed.remoteAddress, "127.0.0.1");
  allowed.destroy();
});
