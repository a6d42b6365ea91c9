import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../packet/address.ts";
import { WalledLine } from "./walled-line.ts";

const start = 10_000_000;
const portal = parseAddress("192.0.2.1") ?? 0;
const askers = ["a", "b", "c"].map((name) => ({ name }));

function ask(line: WalledLine, index: number, address: number | string, asker = askers[index % 3] ?? {}): void {
  line.answered(`www.domain${index}.example`, [address], asker, start + index * 1000);
}

test("a line is walled once seven of eight new domains have one address, and no longer once they have others", () => {
  const line = new WalledLine();
  for (let index = 0; index < 10; index += 1) ask(line, index, 100 + index);
  for (let index = 10; index < 16; index += 1) ask(line, index, portal);
  assert.equal(line.wall(start + 16_000), null);
  ask(line, 16, portal);
  assert.deepEqual(line.wall(start + 17_000), { address: portal, since: start + 16_000, domains: 7, askers: 3 });
  for (let index = 17; index < 20; index += 1) ask(line, index, 100 + index);
  assert.equal(line.wall(start + 20_000), null);
});

test("names that were asked for before say nothing: resolvers remember them", () => {
  const line = new WalledLine();
  for (let index = 0; index < 8; index += 1) ask(line, index, 100 + index);
  for (let index = 0; index < 8; index += 1) ask(line, index, portal);
  assert.equal(line.wall(start + 8000), null);
});

test("many names of one domain, a block list's nowhere and one machine's own resolver are no portal", () => {
  const [one, nowhere, alone] = [new WalledLine(), new WalledLine(), new WalledLine()];
  for (let index = 0; index < 20; index += 1) {
    one.answered(`host${index}.content.example`, [portal], askers[index % 3] ?? {}, start + index);
    ask(nowhere, index, 0);
    ask(alone, index, portal, askers[0]);
  }
  for (const line of [one, nowhere, alone]) assert.equal(line.wall(start + 20_000), null);
});

test("a content network with half of all new domains is no portal", () => {
  const line = new WalledLine();
  for (let index = 0; index < 60; index += 1) ask(line, index, index % 4 === 3 ? 100 + index : portal);
  assert.equal(line.wall(start + 60_000), null);
});
