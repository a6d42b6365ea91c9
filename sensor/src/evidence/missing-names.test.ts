import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene } from "../judge-scene.ts";

function asks(scene: Scene, nameOf: (index: number) => string, count: number, everyMs = 1000): void {
  for (let index = 0; index < count; index += 1)
    scene.missName(10, { at: monday + index * everyMs, name: nameOf(index) });
}

test("twenty names of one domain that has none of them make a suspect", () => {
  const scene = new Scene();
  asks(scene, (index) => `q${index * 7919}z.example.com`, 19);
  assert.equal(scene.play().host(10).verdict, "clear");
  asks(scene, (index) => `r${index}.example.com`, 2);
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(
    lineOf(scene.host(10), "missing-names")?.text ?? "",
    /names of example\.com within .* none of which exists/,
  );
});

test("a domain that has any name is none of them, before or after", () => {
  for (const foundAt of [monday - 1000, monday + 60_000]) {
    const scene = new Scene();
    scene.lookUp(10, { at: foundAt, name: "mail.example.com", addresses: ["203.0.113.9"] });
    asks(scene, (index) => `server${index}.example.com`, 40);
    scene.play();
    assert.equal(scene.host(10).verdict, "clear");
  }
});

for (const [name, nameOf] of [
  ["block lists of addresses", (index: number) => `${index}.2.0.192.list.example.org`],
  ["block lists of domains", (index: number) => `shop${index}.com.list.example.org`],
  ["the office's ending tried behind every name", (index: number) => `www.site${index}.com.example.com`],
  ["the start of a browser, thirty times", (index: number) => `kqzwx${index % 3}.example.com`],
  ["machines of the own network", (index: number) => `pc${index}.lan`],
] as const) {
  test(`${name}: no names of one domain`, () => {
    const scene = new Scene();
    asks(scene, nameOf, 90, 800);
    scene.play();
    assert.equal(scene.host(10).verdict, "clear");
  });
}
