import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStartOptions } from "./options.ts";

test("without a word the lab is brought up, with the site drawn by chance", () => {
  const options = parseStartOptions([], "/data");
  assert.deepEqual(options, {
    lab: true,
    simulate: false,
    deadLine: false,
    scenario: "office-outbreak",
    httpPort: 8420,
    brokerHost: "0.0.0.0",
    brokerPort: 8883,
    data: "/data",
  });
});

test("--no-lab, --simulate and the numbers are taken as they are given", () => {
  const options = parseStartOptions(
    ["--no-lab", "--seed", "7", "--http-port", "0", "--data", "/elsewhere", "--box-image", "/a.img", "/b.img"],
    "/data",
  );
  assert.equal(options.lab, false);
  assert.equal(options.seed, 7);
  assert.equal(options.httpPort, 0);
  assert.equal(options.data, "/elsewhere");
  assert.deepEqual(options.boxImage, ["/a.img", "/b.img"]);
  assert.equal(parseStartOptions(["--simulate"], "/data").simulate, true);
  assert.equal(parseStartOptions(["--dead-line"], "/data").deadLine, true);
});
