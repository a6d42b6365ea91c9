import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, providerResolver, stranger } from "../../src/judge-scene.ts";
import { tcpFlags } from "../../src/packet/packet.ts";
import { anOffice, anywhere, assertInfected, assertLeftAlone, byChance, ledger, startsAt } from "./office.ts";

/** Searches on ports that people use as well, and by packets that only tools send. */

const guilty = 66;

test("a worm of web servers draws strangers, 14 a second: infected within two minutes", () => {
  const { scene, random } = anOffice(180_000);
  for (let index = 0; index < 1700; index += 1) {
    scene.contact(guilty, { at: startsAt + index * 71, to: anywhere(random), port: 80, outcome: byChance(random) });
  }
  scene.play(startsAt + 150_000);
  assertInfected(scene.host(guilty), "web", startsAt, 120_000);
  assertLeftAlone(scene);
});

test("a scanner of web ports at full speed: infected within seconds, whether anybody answers or not", () => {
  const { scene, random } = anOffice(30_000);
  for (let index = 0; index < 1200; index += 1) {
    const port = [80, 443, 8080][index % 3] ?? 80;
    scene.syn(guilty, { at: startsAt + index * 10, to: anywhere(random), port });
  }
  scene.play(startsAt + 20_000);
  assertInfected(scene.host(guilty), "web", startsAt, 5000);
  assertLeftAlone(scene);
});

test("three web servers a second of which hardly one is there: suspect, for a person to ask", () => {
  const { scene, random } = anOffice(180_000);
  for (let index = 0; index < 400; index += 1) {
    scene.contact(guilty, { at: startsAt + index * 333, to: anywhere(random), port: 8080, outcome: byChance(random) });
    if (index % 40 === 0) scene.page(guilty, { at: startsAt + index * 333, site: index });
  }
  scene.play(startsAt + 170_000);
  assert.equal(scene.host(guilty).verdict, "suspect", ledger(scene.host(guilty)));
  assert.match(lineOf(scene.host(guilty), "web-spray")?.text ?? "", /web servers that nobody had looked up/);
  assertLeftAlone(scene);
});

for (const [what, knock] of [
  ["protocols", (index: number) => ({ protocol: 60 + index, payload: [] })],
  ["ports of SCTP", (index: number) => ({ protocol: 132, payload: [0x80, 1, 1, index, 0, 0, 0, 0, 0, 0, 0, 0] })],
] as const) {
  for (const [whose, to] of [
    ["a stranger", stranger(3)],
    ["a neighbour", hostAddress(30)],
  ] as const) {
    test(`going through the ${what} of ${whose}: suspect`, () => {
      const { scene } = anOffice(30_000);
      for (let index = 0; index < 80; index += 1) {
        scene.bare(guilty, { at: startsAt + index * 20, to, ...knock(index) });
      }
      scene.play(startsAt + 30_000);
      assert.equal(scene.host(guilty).verdict, "suspect", ledger(scene.host(guilty)));
      assertLeftAlone(scene);
    });
  }
}

test("routers' protocols and tunnels of an office are no search", () => {
  const { scene } = anOffice(60_000);
  for (const host of [30, 31]) scene.arpRequest(host, { at: startsAt, target: hostAddress(1) });
  for (let index = 0; index < 60; index += 1) {
    const at = startsAt + index * 1000;
    for (const protocol of [4, 41, 47, 50, 51]) scene.bare(30, { at, to: stranger(protocol), protocol });
    for (const protocol of [88, 89, 103, 112, 115]) scene.bare(31, { at, to: hostAddress(1), protocol });
  }
  scene.play(startsAt + 60_000);
  for (const host of [30, 31]) assert.equal(scene.host(host).verdict, "clear", ledger(scene.host(host)));
});

test("seven packets that tell one system from another, three of them with flags of no system: suspect", () => {
  const { scene } = anOffice(30_000);
  const { fin, syn, psh, urg } = tcpFlags;
  for (const [index, [port, flags]] of [
    [80, syn],
    [80, 0],
    [80, syn | fin | urg | psh],
    [81, fin | psh | urg],
  ].entries()) {
    scene.syn(guilty, { at: startsAt + index * 100, to: stranger(1), port: port ?? 80, flags: flags ?? 0 });
  }
  scene.play(startsAt + 10_000);
  assert.equal(scene.host(guilty).verdict, "suspect", ledger(scene.host(guilty)));
  assertLeftAlone(scene);
});

test("a bot whose masters are gone calls them in turn: watched for it, and told", () => {
  const { scene } = anOffice(600_000);
  for (let round = 0; round < 12; round += 1) {
    for (let index = 0; index < 6; index += 1) {
      const at = startsAt + round * 45_000 + index * 5000;
      scene.syn(guilty, { at, to: stranger(900 + index), port: [80, 443, 7080, 8080][index % 4] ?? 80 });
    }
    scene.page(guilty, { at: startsAt + round * 45_000 + 40_000, site: round });
  }
  scene.play(startsAt + 600_000);
  const host = scene.host(guilty);
  assert.equal(host.verdict, "watched", ledger(host));
  assert.match(lineOf(host, "dead-servers")?.text ?? "", /^Called 6 servers without a name in turn/);
  assertLeftAlone(scene);
});

test("the same on a line that is dead, or in half a capture, is the line's", () => {
  const { scene } = anOffice(0);
  for (let round = 0; round < 12; round += 1) {
    for (let index = 0; index < 6; index += 1) {
      scene.syn(30, { at: monday + 600_000 + round * 45_000 + index * 5000, to: stranger(900 + index), port: 443 });
    }
    scene.lookUp(30, {
      at: monday + round * 45_000,
      name: "www.example.org",
      addresses: null,
      resolver: providerResolver,
    });
  }
  scene.play(monday + 1_200_000);
  assert.equal(scene.host(30).verdict, "clear", ledger(scene.host(30)));
});

test("a device that was logged in to by telnet calls its master by telnet: suspect", () => {
  const { scene } = anOffice(60_000);
  for (let index = 0; index < 8; index += 1) {
    scene.serves(guilty, { at: startsAt + index * 300, client: stranger(40), port: 23 });
  }
  scene.contact(guilty, { at: startsAt + 10_000, to: stranger(41), port: 23, outcome: "answered" });
  scene.play(startsAt + 30_000);
  assert.equal(scene.host(guilty).verdict, "suspect", ledger(scene.host(guilty)));
  assertLeftAlone(scene);
});

test("a person who goes on by telnet from one device to a neighbour, and a device that serves none: watched at most", () => {
  const { scene } = anOffice(60_000);
  scene.serves(30, { at: startsAt, client: stranger(40), port: 23 });
  scene.contact(30, { at: startsAt + 10_000, to: hostAddress(31), port: 23, outcome: "answered" });
  scene.contact(32, { at: startsAt + 10_000, to: stranger(41), port: 23, outcome: "answered" });
  scene.play(startsAt + 30_000);
  assertLeftAlone(scene, [30, 32]);
});

for (const [what, port, to, verdict] of [
  ["desktops by remote", 3389, hostAddress(90), "suspect"],
  ["files", 21, hostAddress(90), "suspect"],
  ["screens", 5900, hostAddress(90), "suspect"],
  ["telnet", 23, hostAddress(90), "suspect"],
  ["a stranger's secure shell", 22, stranger(90), "suspect"],
  ["a neighbour's secure shell", 22, hostAddress(90), "watched"],
  ["a neighbour's database", 1433, hostAddress(90), "watched"],
] as const) {
  test(`passwords of ${what} guessed for five minutes: ${verdict}`, () => {
    const { scene } = anOffice(360_000);
    for (let index = 0; index < 40; index += 1) {
      scene.contact(guilty, { at: startsAt + index * 9000, to, port, outcome: "answered", afterMs: 2 });
    }
    scene.play(startsAt + 370_000);
    assert.equal(scene.host(guilty).verdict, verdict, ledger(scene.host(guilty)));
    assertLeftAlone(scene);
  });
}

test("a stack that ends its connections without the flag it should, is none that searches", () => {
  const { scene } = anOffice(60_000);
  for (let index = 0; index < 12; index += 1) {
    const to = stranger(5000 + index);
    scene.contact(30, { at: startsAt + index * 1000, to, port: 443, outcome: "answered" });
    scene.syn(30, { at: startsAt + index * 1000 + 500, to, port: 443, flags: tcpFlags.fin });
  }
  scene.play(startsAt + 60_000);
  assert.equal(scene.host(30).verdict, "clear", ledger(scene.host(30)));
});

for (const port of [465, 587, 2525]) {
  test(`a mailer by stolen accounts on port ${port}, all of whose calls succeed: suspect by five providers, infected by ten`, () => {
    const { scene } = anOffice(0);
    for (let index = 0; index < 10; index += 1) {
      const at = startsAt + index * 20_000;
      scene.lookUp(guilty, { at, name: `smtp.firm${index}.example`, addresses: [stranger(700 + index)] });
      scene.contact(guilty, { at: at + 50, to: stranger(700 + index), port, outcome: "answered" });
      if (index === 4) assert.notEqual(scene.play().host(guilty).suspectAt, null);
    }
    scene.play(startsAt + 300_000);
    assert.equal(scene.host(guilty).verdict, "infected", ledger(scene.host(guilty)));
    assertLeftAlone(scene);
  });
}
