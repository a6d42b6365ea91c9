import assert from "node:assert/strict";
import { test } from "node:test";
import { aContact } from "../connection/a-contact.ts";
import type { Contact } from "../connection/contact.ts";
import { AddressScan } from "./address-scan.ts";

const start = 1_700_000_000_000;
const hour = 3_600_000;

function opened(scan: AddressScan, fields: Partial<Contact> = {}): Contact {
  const contact = aContact({ openedAt: start, ...fields });
  scan.opened(contact);
  return contact;
}

function becomes(scan: AddressScan, contact: Contact, outcome: Contact["outcome"]): void {
  const before = contact.outcome;
  contact.outcome = outcome;
  scan.settled(contact, before);
}

const strength = (scan: AddressScan, at = start): number => scan.findings(at)[0]?.strength ?? 0;

test("a stranger's answer takes back its own miss and two more, a secure shell's one more", () => {
  const scan = new AddressScan();
  const contacts = Array.from({ length: 6 }, (_, index) => opened(scan, { remote: index }));
  assert.ok(strength(scan) > 3.6);
  for (const contact of contacts.slice(0, 1)) becomes(scan, contact, "established");
  assert.ok(Math.abs(strength(scan) - 3 * 0.602) < 0.001);
  const shells = new AddressScan();
  const calls = Array.from({ length: 6 }, (_, index) => opened(shells, { remote: index, port: 22 }));
  for (const contact of calls.slice(0, 2)) becomes(shells, contact, "established");
  assert.ok(Math.abs(strength(shells) - 2 * 0.602) < 0.001);
});

test("answers cannot be saved up beyond five misses", () => {
  const scan = new AddressScan();
  for (let index = 0; index < 100; index += 1) {
    // Far enough apart not to be a fan-out.
    becomes(scan, opened(scan, { remote: index, openedAt: start + index * 10_000 }), "established");
  }
  const later = start + 1_001_000;
  for (let index = 0; index < 15; index += 1) {
    becomes(scan, opened(scan, { remote: 1000 + index, openedAt: later }), "silent");
  }
  assert.ok(strength(scan, later) >= 6);
});

test("a miss is forgotten in half an hour, a decision in a day", () => {
  const scan = new AddressScan();
  for (let index = 0; index < 5; index += 1) becomes(scan, opened(scan, { remote: index }), "silent");
  assert.ok(strength(scan, start) >= 3);
  assert.equal(strength(scan, start + 3 * hour), 0);
  const decided = new AddressScan();
  for (let index = 0; index < 10; index += 1) becomes(decided, opened(decided, { remote: index }), "silent");
  assert.equal(strength(decided, start + 23 * hour), 6);
  assert.equal(strength(decided, start + 25 * hour), 0);
});

test("one wrong host name an hour never adds up", () => {
  const scan = new AddressScan();
  for (let index = 0; index < 200; index += 1) {
    const at = start + index * hour;
    becomes(scan, opened(scan, { remote: index, openedAt: at }), "silent");
    assert.ok(strength(scan, at) < 1);
  }
});

test("ports that people use are none of its business", () => {
  const scan = new AddressScan();
  for (let index = 0; index < 50; index += 1) becomes(scan, opened(scan, { remote: index, port: 443 }), "silent");
  assert.equal(strength(scan), 0);
  assert.equal(scan.targets, 0);
});

test("the worst class is the one on which most failed", () => {
  const scan = new AddressScan();
  for (let index = 0; index < 3; index += 1) becomes(scan, opened(scan, { remote: index, port: 23 }), "silent");
  for (let index = 0; index < 5; index += 1) {
    becomes(scan, opened(scan, { remote: 100 + index, port: 22 }), "established");
  }
  assert.equal(scan.worstClass, "telnet");
});
