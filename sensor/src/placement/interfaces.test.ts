import assert from "node:assert/strict";
import { test } from "node:test";

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressesOf, interfacesIn, ownMacs, ownNames, portsForHello, speedOf } from "./interfaces.ts";

const ports = { bridge: "br0", inside: "inside0", outside: "outside0" };
const printed = JSON.stringify([
  { ifname: "lo", address: "00:00:00:00:00:00", addr_info: [{ local: "127.0.0.1" }] },
  { ifname: "br0", address: "02:00:00:00:00:01", addr_info: [{ local: "192.0.2.2" }, { local: "fe80::1" }] },
  { ifname: "inside0", address: "02:00:00:00:00:01", addr_info: [] },
  { ifname: "tun0", addr_info: [{ local: "198.51.100.9" }] },
]);

test("what the box is called on the line is left out of judging, each name once", () => {
  assert.deepEqual(ownNames(interfacesIn(printed), ports), ["02:00:00:00:00:01", "192.0.2.2", "fe80::1"]);
});

test("a port that is not there has no MAC", () => {
  assert.deepEqual(
    portsForHello(interfacesIn(printed), ports, "lan").map(({ name, mac }) => [name, mac]),
    [
      ["inside0", "02:00:00:00:00:01"],
      ["outside0", null],
      ["br0", "02:00:00:00:00:01"],
    ],
  );
});

test("a box that receives copies has one port, and the one by which it gets home", () => {
  const managed = [...interfacesIn(printed), { name: "mgmt0", mac: "02:00:00:00:00:07", addresses: [] }];
  assert.deepEqual(portsForHello(managed, ports, "mirror"), [
    { name: "inside0", role: "inside", mac: "02:00:00:00:00:01" },
    { name: "mgmt0", role: "management", mac: "02:00:00:00:00:07" },
  ]);
});

test("an address needs no resolver", async () => {
  assert.deepEqual(await addressesOf("192.0.2.7", 1), ["192.0.2.7"]);
});

test("the MACs of ports beside the line are the box's own, but for the loopback and what shares the line's", () => {
  const beside = JSON.stringify([
    ...(JSON.parse(printed) as object[]),
    { ifname: "br0.7", address: "02:00:00:00:00:01", addr_info: [{ local: "192.0.2.3" }] },
    { ifname: "mgmt0", address: "02:00:00:00:00:07", addr_info: [{ local: "192.0.2.4" }] },
  ]);
  assert.deepEqual(ownMacs(interfacesIn(beside), ports), ["02:00:00:00:00:07"]);
});

test("a port has a link where the kernel says so, and nothing is said where it does not know", () => {
  const states = ["UP", "DOWN", "LOWERLAYERDOWN", "UNKNOWN"].map((operstate) => ({ ifname: operstate, operstate }));
  assert.deepEqual(
    interfacesIn(JSON.stringify(states)).map(({ hasLink }) => hasLink),
    [true, false, false, undefined],
  );
});

test("a port's speed is its driver's word, and none of a virtual port, of one without, or of another of that name", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-net-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const mac = "02:00:00:00:00:01";
  const speedWhere = async (speed: string | null, address = mac) => {
    await mkdir(join(folder, "inside0"), { recursive: true });
    await writeFile(join(folder, "inside0", "address"), `${address}\n`);
    await rm(join(folder, "inside0", "speed"), { force: true });
    if (speed !== null) await writeFile(join(folder, "inside0", "speed"), `${speed}\n`);
    return speedOf({ name: "inside0", mac }, folder);
  };
  assert.equal(await speedWhere("1000"), 1000);
  assert.equal(await speedWhere("-1"), null);
  assert.equal(await speedWhere(null), null);
  assert.equal(await speedWhere("1000", "02:00:00:00:00:09"), null);
  assert.equal(await speedOf({ name: "outside0", mac }, folder), null);
});
