import assert from "node:assert/strict";
import { test } from "node:test";
import { portsInWords } from "./ports.ts";

test("ports that follow one another are told by their ends", () => {
  assert.equal(portsInWords({ tcp: [445, 135, 136, 137], udp: [137, 138] }), "tcp 135–137, 445, udp 137, 138");
  assert.equal(portsInWords({ tcp: [], udp: [1434] }), "udp 1434");
  assert.equal(portsInWords({ tcp: [], udp: [] }), "");
});
