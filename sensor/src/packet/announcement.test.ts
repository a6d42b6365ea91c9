import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, type Answer } from "dns-packet";
import { formatAddress } from "./address.ts";
import { parseAnnouncement } from "./announcement.ts";
import { WeirdCounter } from "./weird.ts";

function parse(bytes: Uint8Array) {
  return parseAnnouncement(bytes, 0, bytes.length, new WeirdCounter());
}

function response(answers: Answer[], additionals: Answer[] = []): Uint8Array {
  return encode({ type: "response", answers, additionals });
}

const printer = "Brother HL-L2350DW._ipp._tcp.local";

test("a printer tells its name, its addresses, what it offers and its make", () => {
  const said = parse(
    response(
      [{ type: "PTR", name: "_ipp._tcp.local", ttl: 4500, data: printer }],
      [
        { type: "SRV", name: printer, data: { target: "BRW0080.local", port: 631 } },
        { type: "TXT", name: printer, data: ["rp=ipp/print", "ty=Brother HL-L2350DW"] },
        { type: "A", name: "BRW0080.local", data: "192.168.1.40" },
      ],
    ),
  );
  assert.deepEqual(
    said?.addresses.map(({ name, address }) => [name, formatAddress(address)]),
    [["BRW0080", "192.168.1.40"]],
  );
  assert.deepEqual([said?.targets, said?.services, said?.model], [["BRW0080"], ["_ipp._tcp"], "Brother HL-L2350DW"]);
});

test("a question says nothing, whatever answers it carries", () => {
  const known: Answer = { type: "A", name: "other.local", data: "192.168.1.9" };
  assert.equal(
    parse(encode({ type: "query", questions: [{ type: "PTR", name: "_ipp._tcp.local" }], answers: [known] })),
    null,
  );
});

test("a service that is taken back is not offered", () => {
  assert.deepEqual(parse(response([{ type: "PTR", name: "_ipp._tcp.local", ttl: 0, data: printer }]))?.services, []);
});

test("what would change a page or a terminal is no part of a name", () => {
  const name = "\u202eevil\u001b[2J\u0000<b>.local";
  const said = parse(response([{ type: "A", name, data: "192.168.1.9" }]));
  assert.match(said?.addresses[0]?.name ?? "", /^[\x20-\x7e]{1,63}$/);
  assert.deepEqual(parse(response([{ type: "A", name: "\u0001.local", data: "192.168.1.9" }]))?.addresses, []);
});

test("a message cut anywhere tells what was captured whole", () => {
  const whole = response([
    { type: "A", name: "desk.local", data: "192.168.1.9" },
    { type: "PTR", name: "_ipp._tcp.local", data: printer },
  ]);
  for (let length = 12; length < whole.length; length += 1) parse(whole.subarray(0, length));
  assert.equal(parse(whole.subarray(0, whole.length - 1))?.addresses[0]?.name, "desk");
});
