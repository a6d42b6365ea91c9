import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "./address.ts";
import { netbiosRegistration, netbiosStatus } from "./frame-builder.ts";
import { parseNetbios } from "./netbios.ts";
import { WeirdCounter } from "./weird.ts";

function parse(message: readonly number[]) {
  const weird = new WeirdCounter();
  return { claim: parseNetbios(Uint8Array.from(message), 0, message.length, weird), weird: weird.counts() };
}

test("a registration tells the machine's name and address", () => {
  const { claim } = parse(netbiosRegistration("DESK-07", "192.168.1.10"));
  assert.deepEqual(claim, { name: "DESK-07", address: parseAddress("192.168.1.10") });
  assert.equal(parse(netbiosRegistration("FILES", "192.168.1.10", { suffix: 0x20 })).claim?.name, "FILES");
});

test("names of groups and of people are not the machine's", () => {
  assert.equal(parse(netbiosRegistration("OFFICE", "192.168.1.10", { flags: 0x8000 })).claim, null);
  assert.equal(parse(netbiosRegistration("ANNA", "192.168.1.10", { suffix: 0x03 })).claim, null);
});

test("of a status the first name that is no group's counts", () => {
  assert.deepEqual(parse(netbiosStatus(["DESK-07", "OFFICE"])).claim, { name: "DESK-07", address: 0 });
});

test("a question tells nobody's name", () => {
  const question = netbiosRegistration("SERVER", "192.168.1.10").with(2, 0x01);
  assert.deepEqual(parse(question), { claim: null, weird: {} });
});

test("a name with other characters than print is shown without them, and an empty one not at all", () => {
  assert.equal(parse(netbiosRegistration("A\u0007\u001b[31m", "10.0.0.1")).claim?.name, "A??[31m");
  assert.equal(parse(netbiosRegistration("\u0001\u0002", "10.0.0.1")).claim, null);
});

test("a message cut anywhere throws nothing, and is counted where the record is missing", () => {
  const whole = netbiosRegistration("DESK-07", "192.168.1.10");
  for (let length = 0; length < whole.length; length += 1) assert.equal(parse(whole.slice(0, length)).claim, null);
  assert.deepEqual(parse(whole.slice(0, 40)).weird, { "malformed-netbios": 1 });
});
