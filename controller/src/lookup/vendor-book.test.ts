import assert from "node:assert/strict";
import { test } from "node:test";
import { openVendorBook } from "./vendor-book.ts";
import { roleWithVendor } from "./vendor-kind.ts";

const vendorOf = openVendorBook();
const unknown = { name: "unknown", reason: "Nothing it did tells what it is for." };

test("a card's maker is told without its legal form", () => {
  assert.equal(vendorOf("00:1b:a9:12:34:56"), "Brother industries");
  assert.equal(vendorOf("00:14:22:12:34:56"), "Dell");
  assert.equal(vendorOf("b8:27:eb:12:34:56"), "Raspberry Pi Foundation");
});

test("the smallest block that holds the MAC counts", () => {
  // 70:b3:d5 is cut into blocks of 4,096 addresses, each with a holder of its own.
  const holders = new Set(["00:10", "10:10", "a3:40"].map((middle) => vendorOf(`70:b3:d5:${middle}:01`)));
  assert.equal(holders.size, 3);
});

test("a MAC that was made up has no maker, and a key that is none neither", () => {
  assert.equal(vendorOf("02:1b:a9:12:34:56"), null);
  assert.equal(vendorOf("da:a1:19:12:34:56"), null);
  assert.equal(vendorOf("192.168.1.7"), null);
});

test("a maker of one kind of machine gives a guess where nothing else tells the role", () => {
  assert.deepEqual(roleWithVendor(unknown, "Brother industries"), {
    name: "printer",
    reason: "Its network card is by Brother industries, known for printers.",
    guessed: true,
  });
  assert.equal(roleWithVendor(unknown, "Dell"), unknown);
  assert.equal(roleWithVendor(unknown, null), unknown);
  const seen = { name: "mail-server", reason: "It takes mail from outside." };
  assert.equal(roleWithVendor(seen, "Brother industries"), seen);
});
