import assert from "node:assert/strict";
import { test } from "node:test";
import { dialOf } from "./particulars.ts";

test("what is written as a telephone number is dialled, without the zero that is for callers within the country", () => {
  const all = [
    ["+49 30 1234-0", "tel:+493012340"],
    ["+49 (0)30 1234", "tel:+49301234"],
    ["(030) 1234", "tel:0301234"],
    ["(0) 30 1234", "tel:0301234"],
    ["ext. 214", "tel:214"],
    ["ask at the desk", null],
  ] as const;
  for (const [phone, dialled] of all) assert.equal(dialOf(phone), dialled, phone);
});
