import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import { HostTable, type HostTableOptions } from "./host-table.ts";

const pc = 0x0200_0000_0010;
const router = 0x0200_0000_0001;

function key(text: string): number | string {
  const parsed = parseAddress(text);
  assert.notEqual(parsed, null);
  return parsed ?? 0;
}

function aTable(options: Partial<HostTableOptions> = {}): HostTable {
  return new HostTable({
    localNets: NetSet.ofSite([]),
    declared: new Map(),
    duties: new Map(),
    exclude: new Set(),
    isOutsideRouter: false,
    ownMacs: new Set(),
    cap: 100,
    addressesPerHost: 4,
    isAccused: () => false,
    forgotten: () => {},
    ...options,
  });
}

const keys = (table: HostTable): string[] => [...table.hosts].map((host) => host.key);

test("a host is its card, with the addresses it had", () => {
  const table = aTable();
  table.sender(pc, key("192.168.1.10"), null, 1);
  const host = table.sender(pc, key("192.168.1.11"), null, 2);
  assert.deepEqual(keys(table), ["02:00:00:00:00:10"]);
  assert.deepEqual([...(host?.addresses.keys() ?? [])], [key("192.168.1.10"), key("192.168.1.11")]);
  assert.equal(table.byAddress(key("192.168.1.10")), host);
});

test("where cards say nothing a host is its address", () => {
  const table = aTable();
  table.sender(-1, key("192.168.1.10"), null, 1);
  table.sender(0x1122_3344_5566, key("192.168.1.11"), null, 1);
  assert.deepEqual(keys(table), ["192.168.1.10", "192.168.1.11"]);
});

test("addresses nobody has send nothing", () => {
  const table = aTable();
  for (const text of ["0.0.0.0", "255.255.255.255", "224.0.0.5", "127.0.0.1", "::", "::1", "ff02::1"]) {
    assert.equal(table.sender(pc, key(text), "inside", 1), null, text);
  }
});

test("a card that carries strangers is the gateway, and no host for what it forwards", () => {
  const table = aTable();
  assert.equal(table.sender(router, key("198.51.100.7"), null, 1), null);
  assert.deepEqual(table.gatewayMacs(), [router]);
  table.sender(router, key("10.9.9.9"), null, 2);
  assert.deepEqual(keys(table), ["10.9.9.9"]);
});

test("the gateway's own address is known by its card", () => {
  const table = aTable();
  table.sender(router, key("192.168.1.1"), null, 1);
  table.claim(router, key("192.168.1.1") as number, 2);
  table.sender(router, key("198.51.100.7"), null, 3);
  const host = table.sender(router, key("192.168.1.1"), null, 4);
  assert.deepEqual(keys(table), ["02:00:00:00:00:01"]);
  assert.equal(host?.role.name, "gateway");
});

test("an address that was heard before its card was known as a host takes the card's name", () => {
  const table = aTable();
  table.sender(router, key("198.51.100.7"), null, 1);
  const host = table.sender(router, key("192.168.1.1"), null, 2);
  assert.deepEqual(keys(table), ["192.168.1.1"]);
  assert.equal(table.claim(router, key("192.168.1.1") as number, 3), host);
  assert.deepEqual(keys(table), ["02:00:00:00:00:01"]);
});

test("a stranger's address on the inside port is a host of the site", () => {
  const table = aTable();
  assert.equal(table.sender(pc, key("203.0.113.9"), "inside", 1)?.key, "02:00:00:00:00:10");
  assert.equal(table.sender(pc, key("203.0.113.9"), "outside", 1), null);
});

test("global IPv6 addresses belong to the card's host, never to the gateway's", () => {
  const table = aTable();
  const host = table.sender(pc, key("192.168.1.10"), null, 1);
  assert.equal(table.sender(pc, key("2001:db8:1::10"), null, 2), host);
  table.sender(router, key("198.51.100.7"), null, 3);
  assert.equal(table.sender(router, key("2001:db8:2::1"), null, 4), null);
  assert.deepEqual(table.gatewayMacs(), [router]);
});

test("a card with four answered addresses is a router: its busiest host keeps the past", () => {
  const table = aTable();
  const addresses = [1, 2, 3, 4].map((number) => key(`10.0.5.${number}`));
  for (const address of addresses) table.sender(router, address, null, 1);
  const host = table.byMac(router);
  const busiest = host?.addresses.get(addresses[2] ?? 0);
  if (busiest !== undefined) busiest.contacts = 9;
  for (const address of addresses) table.confirmAddress(router, address);
  assert.equal(host?.key, "10.0.5.3");
  assert.equal(host?.mac, -1);
  table.sender(router, addresses[0] ?? 0, null, 2);
  assert.deepEqual(keys(table), ["10.0.5.3", "10.0.5.1"]);
});

test("forged addresses that nothing answers do not make a card a router", () => {
  const table = aTable();
  for (let number = 1; number < 200; number += 1) table.sender(pc, key(`10.0.7.${number}`), null, number);
  assert.deepEqual(keys(table), ["02:00:00:00:00:10"]);
  assert.equal(table.byMac(pc)?.addresses.size, 4);
});

test("an accused host is not pushed out while there is another", () => {
  const table = aTable({ cap: 10, isAccused: (host) => host.key === "02:00:00:00:00:10" });
  table.sender(pc, key("192.168.1.10"), null, 1);
  for (let number = 1; number <= 50; number += 1) {
    const forged = table.sender(0x0600_0000_0000 + number, key(`192.168.2.${number}`), null, 2);
    if (forged !== null) forged.contacts = 50;
  }
  assert.equal(keys(table).length, 10);
  assert.ok(keys(table).includes("02:00:00:00:00:10"));
});

test("forged cards push out each other, not the host that does something", () => {
  const forgotten: string[] = [];
  const table = aTable({ cap: 10, forgotten: (host) => forgotten.push(host.key) });
  const busy = table.sender(pc, key("192.168.1.10"), null, 1);
  if (busy !== null) busy.contacts = 50;
  for (let number = 1; number <= 50; number += 1) {
    table.sender(0x0600_0000_0000 + number, key(`192.168.2.${number}`), null, 2);
  }
  assert.equal(keys(table).length, 10);
  assert.ok(keys(table).includes("02:00:00:00:00:10"));
  assert.equal(forgotten.length, 41);
});

test("a packet captured on both sides of a router is its first sender's both times", () => {
  const table = aTable();
  const host = table.sender(pc, key("192.168.1.10"), null, 1000);
  assert.equal(table.sender(router, key("192.168.1.10"), null, 1001), host);
  assert.deepEqual(keys(table), ["02:00:00:00:00:10"]);
});

test("an address that another card claims by ARP has changed hands", () => {
  const table = aTable();
  table.sender(pc, key("192.168.1.10"), null, 1000);
  table.claim(0x0200_0000_0020, key("192.168.1.10") as number, 2000);
  assert.equal(table.sender(0x0200_0000_0020, key("192.168.1.10"), null, 3000)?.key, "02:00:00:00:00:20");
});

test("on the wire a forged address is its own card's doing", () => {
  const table = aTable();
  table.sender(pc, key("192.168.1.10"), "inside", 1000);
  assert.equal(table.sender(0x0200_0000_0066, key("192.168.1.10"), "inside", 1001)?.key, "02:00:00:00:00:66");
});
