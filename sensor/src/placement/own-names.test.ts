import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalInterface } from "./interfaces.ts";
import { OwnNames } from "./own-names.ts";

const line: readonly LocalInterface[] = [
  { name: "br0", mac: "02:00:00:00:00:01", addresses: ["192.0.2.2"] },
  { name: "inside0", mac: "02:00:00:00:00:01", addresses: [] },
  { name: "outside0", mac: "02:00:00:00:00:02", addresses: [] },
];

function names() {
  const world = { interfaces: line, controller: [] as readonly string[] };
  const own = new OwnNames({
    ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
    placement: "lan",
    controllerHost: "controller",
    readInterfaces: () => Promise.resolve(world.interfaces),
    resolve: () => Promise.resolve(world.controller),
  });
  return { world, own };
}

test("a management port that comes after the start is the box too, by its MAC alone", async () => {
  const { world, own } = names();
  assert.ok(await own.refreshInterfaces());
  assert.ok(!(await own.refreshInterfaces()), "nothing changed");
  assert.deepEqual(own.ownMacs, []);
  world.interfaces = [...line, { name: "mgmt0", mac: "02:00:00:00:00:03", addresses: ["198.51.100.3"] }];
  assert.ok(await own.refreshInterfaces());
  assert.deepEqual(own.ownMacs, ["02:00:00:00:00:03"]);
  assert.deepEqual(own.exclude, ["02:00:00:00:00:01", "192.0.2.2", "02:00:00:00:00:02"]);
  assert.deepEqual(own.ports.at(-1), { name: "mgmt0", role: "management", mac: "02:00:00:00:00:03" });
});

test("what cannot be read stays as it was known", async () => {
  const { world, own } = names();
  world.controller = ["203.0.113.5"];
  await Promise.all([own.refreshInterfaces(), own.refreshController()]);
  const known = own.exclude;
  assert.ok(known.includes("203.0.113.5"));
  Object.assign(world, { interfaces: [], controller: [] });
  assert.ok(!(await own.refreshInterfaces()));
  assert.ok(!(await own.refreshController()));
  assert.deepEqual(own.exclude, known);
});

test("a controller whose name could not be resolved at the start is known once it can be", async () => {
  const { world, own } = names();
  assert.ok(!(await own.refreshController()));
  world.controller = ["203.0.113.6", "203.0.113.5"];
  assert.ok(await own.refreshController());
  world.controller = ["203.0.113.5", "203.0.113.6"];
  assert.ok(!(await own.refreshController()), "the same addresses in another order are the same");
});

test("a cable that is pulled changes no name", async () => {
  const { world, own } = names();
  await own.refreshInterfaces();
  assert.deepEqual(own.links, { inside: null, outside: null });
  world.interfaces = line.map((port) => ({ ...port, hasLink: port.name !== "outside0" }));
  assert.ok(!(await own.refreshInterfaces()));
  assert.deepEqual(own.links, { inside: true, outside: false });
});
