import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePorts, portsFile } from "./port-names.ts";

test("ports are told by name and MAC, however the MAC is written", () => {
  const macs = parsePorts(["inside0=02-00-00-00-00-0A", "outside0=02:00:00:00:00:0B", "mgmt0=02:00:00:00:00:0c"]);
  assert.equal(portsFile(macs), "inside0 02:00:00:00:00:0a\noutside0 02:00:00:00:00:0b\nmgmt0 02:00:00:00:00:0c\n");
});

test("without ports there is no file of them", () => {
  assert.equal(portsFile(parsePorts([])), null);
});

const outside = "outside0=02:00:00:00:00:0b";
for (const { name, wishes, words } of [
  { name: "a port the image does not know", wishes: ["eth0=02:00:00:00:00:0a"], words: /inside0, outside0, mgmt0/ },
  { name: "a port without a MAC", wishes: ["inside0"], words: /six bytes in hex/ },
  { name: "a MAC of five bytes", wishes: ["inside0=02:00:00:00:0a"], words: /six bytes in hex/ },
  { name: "a group's MAC", wishes: ["inside0=01:80:c2:00:00:00"], words: /no port has this MAC/ },
  { name: "a port twice", wishes: ["inside0=02:00:00:00:00:0a", "inside0=02:00:00:00:00:0c"], words: /before/ },
  { name: "a MAC twice", wishes: [outside, "inside0=02:00:00:00:00:0B"], words: /this is outside0 already/ },
  { name: "half a line", wishes: [outside, "mgmt0=02:00:00:00:00:0c"], words: /inside0 missing/ },
]) {
  test(`${name} is refused`, () => {
    assert.throws(() => parsePorts(wishes), { code: "bad-port", message: words });
  });
}
