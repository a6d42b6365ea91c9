import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "./address.ts";
import { parseDhcp } from "./dhcp.ts";
import { address, dhcp, text, type DhcpFields } from "./frame-builder.ts";
import { WeirdCounter } from "./weird.ts";

const message = (fields: DhcpFields) => Uint8Array.from(dhcp(fields));

function parse(bytes: Uint8Array) {
  const weird = new WeirdCounter();
  return { dhcp: parseDhcp(bytes, 0, bytes.length, weird), weird: weird.counts() };
}

test("a request tells name, address wanted and MAC", () => {
  const { dhcp } = parse(
    message({ options: [53, 1, 3, 0, 0, 50, 4, ...address("192.168.1.23"), 12, 6, ...text("DESK-7"), 255, 12, 1, 65] }),
  );
  assert.deepEqual(dhcp, {
    isRequest: true,
    messageType: 3,
    clientMac: 0x0200_0000_0009,
    hostname: "DESK-7",
    vendorClass: null,
    wanted: "",
    isRelayed: false,
    requested: 0xc0a8_0117 | 0,
    assigned: 0,
    routers: [],
    resolvers: [],
  });
});

test("a renewal tells the address that the machine has", () => {
  const { dhcp } = parse(message({ client: "192.168.1.23", options: [53, 1, 3, 255] }));
  assert.equal(formatAddress(dhcp?.requested ?? 0), "192.168.1.23");
});

test("a server tells routers and name servers, and a machine none", () => {
  const options = [
    ...[53, 1, 5],
    ...[3, 4, ...address("192.168.1.1")],
    ...[6, 8, ...address("192.168.1.53"), ...address("192.168.1.54")],
    255,
  ];
  const told = parse(message({ operation: 2, options })).dhcp;
  assert.deepEqual(
    [told?.routers.map(formatAddress), told?.resolvers.map(formatAddress)],
    [["192.168.1.1"], ["192.168.1.53", "192.168.1.54"]],
  );
  const asked = parse(message({ operation: 1, options })).dhcp;
  assert.deepEqual([asked?.routers, asked?.resolvers], [[], []]);
});

test("an acknowledgement tells the address that the server gave", () => {
  const { dhcp } = parse(message({ operation: 2, assigned: "192.168.1.23", options: [53, 1, 5, 255] }));
  assert.deepEqual(
    [dhcp?.isRequest, dhcp?.messageType, formatAddress(dhcp?.assigned ?? 0)],
    [false, 5, "192.168.1.23"],
  );
});

test("a name is cut to what a name may be and shows nothing unprintable", () => {
  const { dhcp } = parse(message({ options: [12, 5, 0x1b, 0x5b, 0x80, 65, 0, 12, 0] }));
  assert.equal(dhcp?.hostname ?? null, null);
  const odd = parse(message({ options: [12, 4, 0x1b, 0x5b, 0x80, 65] })).dhcp;
  assert.equal(odd?.hostname, "?[?A");
  const long = parse(message({ options: [12, 200, ...Array(200).fill(65)] })).dhcp;
  assert.equal(long?.hostname?.length, 63);
});

test("a request tells the make of the program that asks, and what it asks for", () => {
  const { dhcp } = parse(message({ options: [60, 8, ...text("MSFT 5.0"), 55, 4, 1, 3, 6, 114, 255] }));
  assert.deepEqual([dhcp?.vendorClass, dhcp?.wanted], ["MSFT 5.0", "1,3,6,114"]);
  const hostile = parse(message({ options: [60, 4, 0x1b, 0x5b, 0xe2, 65, 55, 200, ...Array(200).fill(9)] })).dhcp;
  assert.deepEqual([hostile?.vendorClass, hostile?.wanted.split(",").length], ["?[?A", 64]);
});

test("without a host name the first label of the full name stands for it, in either of its forms", () => {
  const plain = [81, 16, 0, 0, 0, ...text("pc9.corp.test")];
  const encoded = [81, 17, 4, 0, 0, 3, ...text("pc9"), 4, ...text("corp"), 4, ...text("test")];
  for (const options of [plain, encoded]) assert.equal(parse(message({ options })).dhcp?.hostname, "pc9");
  const both = parse(message({ options: [...plain, 12, 6, ...text("DESK-7")] })).dhcp;
  assert.equal(both?.hostname, "DESK-7");
  for (const size of [0, 1, 3, 4]) {
    const short = parse(message({ options: [81, size, ...[4, 0, 0, 200].slice(0, size), 255] })).dhcp;
    assert.equal(short?.hostname, null);
  }
});

test("options cut off are absent", () => {
  const { dhcp } = parse(message({ options: [53, 1, 1, 12, 20, 65, 66] }));
  assert.deepEqual([dhcp?.messageType, dhcp?.hostname], [1, null]);
});

for (const [name, bytes] of [
  ["a message cut short", message({}).subarray(0, 239)],
  ["a message without the cookie", message({}).with(236, 0)],
  ["a message of an unknown operation", message({ operation: 3 })],
] as const) {
  test(`${name} is malformed, and counted`, () => {
    assert.deepEqual(parse(bytes), { dhcp: null, weird: { "malformed-dhcp": 1 } });
  });
}
