import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene } from "../judge-scene.ts";

test("twenty domains that do not exist make a suspect, ten are watched", () => {
  const scene = new Scene();
  for (let index = 0; index < 20; index += 1) {
    scene.missName(10, { at: monday + index * 1000, name: `qx${index * 7919}kd.com` });
    if (index % 4 === 3)
      scene.lookUp(10, { at: monday + index * 1000 + 40, name: "www.example.com", addresses: ["203.0.113.9"] });
    if (index === 11) assert.equal(scene.play().host(10).verdict, "watched");
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(
    lineOf(scene.host(10), "generated-names")?.text ?? "",
    /^Asked for 20 domains within 20 s that do not exist/,
  );
});

for (const [name, nameOf] of [
  ["block lists asked about every letter", (index: number) => `${index}.2.0.192.list${index % 6}.example.org`],
  ["reverse look-ups of a hundred peers", (index: number) => `${index}.113.0.203.in-addr.arpa`],
  ["words without a dot, tried at start", (index: number) => `kqzwx${index}`],
  ["the office's ending tried behind every name", (index: number) => `www.site${index}.com.office.example.com`],
  ["machines of the own network", (index: number) => `pc${index}.lan`],
  ["records of services", (index: number) => `_ldap._tcp.dc${index}.example${index}.com`],
] as const) {
  test(`${name}: none of it is a made-up domain`, () => {
    const scene = new Scene();
    for (let index = 0; index < 100; index += 1) scene.missName(10, { at: monday + index * 800, name: nameOf(index) });
    scene.play();
    assert.equal(scene.host(10).verdict, "clear");
  });
}

test("a line behind which no name exists any more accuses nobody", () => {
  const scene = new Scene();
  for (let index = 0; index < 30; index += 1) scene.page(10, { at: monday + index * 1000, site: index });
  for (let index = 0; index < 200; index += 1) {
    scene.missName(10, { at: monday + 60_000 + index * 1000, name: `www.site${index}.com` });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("a filter that denies thirty domains of advertisement beside pages that load is left alone", () => {
  const scene = new Scene();
  for (let index = 0; index < 30; index += 1) {
    scene.missName(10, { at: monday + index * 2000, name: `track.ads${index}.com` });
    for (const part of [0, 1]) {
      const name = `www.page${index * 2 + part}.com`;
      scene.lookUp(10, { at: monday + index * 2000 + part, name, addresses: ["203.0.113.9"] });
    }
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

/** Letters that nobody puts in this order; the same for the same number. */
function drawn(index: number): string {
  let state = index + 1;
  return Array.from({ length: 12 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return "abcdefghijklmnopqrstuvwxyz"[(state >>> 24) % 26] ?? "a";
  }).join("");
}

for (const [name, addresses] of [
  ["nobody answers", null],
  ["a provider answers everything with one address", ["203.0.113.9"]],
] as const) {
  test(`domains that look drawn by chance make a suspect where ${name}`, () => {
    const scene = new Scene();
    for (let index = 0; index < 60; index += 1) {
      scene.lookUp(10, { at: monday + index * 1000, name: `${drawn(index)}.com`, addresses });
      scene.page(10, { at: monday + index * 1000 + 40, site: index });
    }
    scene.play();
    assert.equal(scene.host(10).verdict, "suspect");
    assert.match(lineOf(scene.host(10), "generated-names")?.text ?? "", /whose names look drawn by chance/);
  });
}

test("a day of pages, a few of them with names as odd, is clear", () => {
  const scene = new Scene();
  for (let index = 0; index < 300; index += 1) {
    const name =
      index % 12 === 0
        ? `cdn.${drawn(index)}.net`
        : `www.newspaper${"abcdefghij"[index % 10]}${"stuvwxyz"[index % 8]}ette.com`;
    scene.lookUp(10, { at: monday + index * 1900, name, addresses: ["203.0.113.9"] });
    scene.page(10, { at: monday + index * 1900 + 40, site: index });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});
