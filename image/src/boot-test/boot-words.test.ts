import assert from "node:assert/strict";
import { test } from "node:test";
import { bootWordIn } from "./boot-words.ts";

test("a word of the boot is found behind what the console puts before it", () => {
  assert.deepEqual(bootWordIn("\u001b[0mcordon: 13.99 forwarding from inside0 to outside0\r", 5), {
    seconds: 13.99,
    text: "forwarding from inside0 to outside0",
    at: 5,
  });
});

test("other lines of the console are no words of the boot", () => {
  assert.equal(bootWordIn("[    1.234] virtio_net: forwarding", 5), null);
  assert.equal(bootWordIn("cordon: soon forwarding", 5), null);
});
