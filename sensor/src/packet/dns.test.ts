import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, type Answer, type Question } from "dns-packet";
import { formatAddress } from "./address.ts";
import { parseDns, type DnsMessage } from "./dns.ts";
import { WeirdCounter } from "./weird.ts";

function response(questions: Question[], answers: Answer[], flags = 0): Buffer {
  return encode({ type: "response", id: 1, flags, questions, answers });
}

function parse(bytes: Uint8Array, length = bytes.length): { message: DnsMessage | null; weird: object } {
  const weird = new WeirdCounter();
  // Behind other bytes, as in a frame.
  const frame = new Uint8Array(length + 42);
  frame.set(bytes.subarray(0, length), 42);
  return { message: parseDns(frame, 42, length, weird), weird: weird.counts() };
}

function addresses(message: DnsMessage | null): string[] {
  return (message?.addresses ?? []).map(({ name, address }) => `${name} ${formatAddress(address)}`);
}

const chain: Answer[] = [
  { type: "CNAME", name: "WWW.Example.test", data: "edge.cdn.test" },
  { type: "CNAME", name: "edge.cdn.test", data: "node7.cdn.test" },
  { type: "A", name: "node7.cdn.test", data: "192.0.2.7" },
  { type: "AAAA", name: "node7.cdn.test", data: "2001:db8::7" },
];
const www: Question[] = [{ type: "A", name: "WWW.Example.test" }];

test("each name of a chain of aliases leads to the address", () => {
  const { message } = parse(response(www, chain));
  assert.deepEqual(message?.questions, [{ name: "www.example.test", type: "A" }]);
  assert.equal(message?.isResponse, true);
  assert.deepEqual(addresses(message).sort(), [
    "edge.cdn.test 192.0.2.7",
    "edge.cdn.test 2001:db8::7",
    "node7.cdn.test 192.0.2.7",
    "node7.cdn.test 2001:db8::7",
    "www.example.test 192.0.2.7",
    "www.example.test 2001:db8::7",
  ]);
});

test("mail exchanges are told by domain", () => {
  const { message } = parse(
    response(
      [{ type: "MX", name: "example.test" }],
      [{ type: "MX", name: "example.test", data: { preference: 10, exchange: "MX1.Provider.test" } }],
    ),
  );
  assert.deepEqual(message?.exchanges, [{ domain: "example.test", exchange: "mx1.provider.test" }]);
});

test("a circle of aliases ends", () => {
  const { message } = parse(
    response(www, [
      { type: "CNAME", name: "a.test", data: "b.test" },
      { type: "CNAME", name: "b.test", data: "a.test" },
      { type: "A", name: "a.test", data: "192.0.2.1" },
    ]),
  );
  assert.deepEqual(addresses(message).sort(), ["a.test 192.0.2.1", "b.test 192.0.2.1"]);
});

test("the code of a refusal is told", () => {
  const { message } = parse(response(www, [], 3));
  assert.deepEqual([message?.rcode, message?.addresses.length], [3, 0]);
});

test("of an answer cut off by the capture the whole records count", () => {
  const whole = response(www, chain);
  const { message, weird } = parse(whole, whole.length - 4);
  assert.ok(addresses(message).includes("www.example.test 192.0.2.7"));
  assert.equal(
    message?.addresses.some(({ address }) => typeof address === "string"),
    false,
  );
  assert.deepEqual(weird, {});
});

test("a claim of records that are not there is believed as far as they are", () => {
  const bytes = response(www, chain);
  bytes.writeUInt16BE(65_535, 6);
  assert.equal(addresses(parse(bytes).message).length, 6);
});

test("a question is told, and says nothing of addresses", () => {
  const { message } = parse(encode({ type: "query", id: 1, questions: [{ type: "MX", name: "example.test" }] }));
  assert.deepEqual(message, {
    id: 1,
    isResponse: false,
    rcode: 0,
    questions: [{ name: "example.test", type: "MX" }],
    addresses: [],
    exchanges: [],
  });
});

for (const [name, bytes] of [
  ["a header cut short", response(www, chain).subarray(0, 11)],
  ["a question cut short", response(www, chain).subarray(0, 20)],
  ["other traffic", Buffer.from("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")],
  ["a name that points at itself", Buffer.from("000101000001000000000000c00c00010001", "hex")],
] as const) {
  test(`${name} is malformed, and counted`, () => {
    const { message, weird } = parse(bytes);
    assert.equal(message, null);
    assert.deepEqual(weird, { "malformed-dns": 1 });
  });
}
