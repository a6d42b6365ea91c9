import assert from "node:assert/strict";
import { test } from "node:test";
import { isLocallyAdministered, machineName, mainAddress } from "./machine-name.ts";

const host = { host: "02:00:5e:00:00:01", name: null, addresses: [] };
const heard = (source: string, name: string) => ({ source, name, at: 1 });

test("a machine is called by the name of its request, else by one it says, else by address or key", () => {
  const names = [heard("llmnr", "c"), heard("netbios", "B"), heard("mdns", "a")];
  assert.equal(machineName({ ...host, name: "DESK-07", names }), "DESK-07");
  assert.equal(machineName({ ...host, name: " ", names }), "a");
  assert.equal(machineName({ ...host, names: [heard("netbios", "B")] }), "B");
  assert.equal(machineName({ ...host, names: [], addresses: ["fe80::1", "192.168.1.7"] }), "192.168.1.7");
  assert.equal(machineName(host), "02:00:5e:00:00:01");
});

test("an IPv4 address is the main one", () => {
  assert.equal(mainAddress({ addresses: ["2001:db8::1", "192.168.1.7"] }), "192.168.1.7");
  assert.equal(mainAddress({ addresses: ["2001:db8::1"] }), "2001:db8::1");
  assert.equal(mainAddress({ addresses: [] }), null);
});

test("a MAC that a machine made up is told from one that a maker burnt in", () => {
  assert.ok(["02:00:00:00:00:01", "da:a1:19:00:00:01"].every(isLocallyAdministered));
  assert.ok(!["00:1b:a9:00:00:01", "d8:3a:dd:00:00:01", "192.168.1.7"].some(isLocallyAdministered));
});
