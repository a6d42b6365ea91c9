import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, providerResolver, Scene, stranger } from "../../src/judge-scene.ts";
import {
  anOffice,
  anywhere,
  assertInfected,
  assertLeftAlone,
  colleagues,
  ledger,
  shuffledNetwork,
  startsAt,
} from "./office.ts";

test("five machines that share files, keep a chain, call, play and meet in a mesh: watched at most", () => {
  const { scene, random } = anOffice(900_000);
  const [torrent, chain, call, game, mesh] = [20, 21, 22, 23, 24] as const;
  for (let index = 0; index < 900; index += 1) {
    const at = startsAt + (index < 600 ? index * 100 : 60_000 + (index - 600) * 500);
    const outcome = random.below(100) < 35 ? "answered" : "silent";
    scene.contact(torrent, { at, to: anywhere(random), port: 1024 + random.below(60_000), outcome });
    const dht = random.below(100) < 50 ? "answered" : "silent";
    scene.datagram(torrent, { at: at + 20, to: anywhere(random), port: 1024 + random.below(60_000), outcome: dht });
  }
  for (let index = 0; index < 400; index += 1) {
    const to = random.below(100) < 15 ? `10.77.${random.below(256)}.${1 + random.below(254)}` : anywhere(random);
    const outcome = random.below(100) < 30 ? "answered" : "silent";
    scene.contact(chain, { at: startsAt + index * 1500, to, port: 30_303, outcome });
  }
  for (let index = 0; index < 91; index += 1) {
    const at = startsAt + index * 3500;
    const outcome = random.below(100) < 62 ? "answered" : "silent";
    const port = 1024 + random.below(60_000);
    if (index < 74) scene.contact(call, { at, to: anywhere(random), port, outcome });
    scene.datagram(call, { at: at + 50, to: anywhere(random), port, outcome });
  }
  for (let index = 0; index < 600; index += 1) {
    const outcome = random.below(100) < 75 ? "answered" : "silent";
    const port = random.below(2) === 0 ? 27_015 : 27_030;
    scene.datagram(game, { at: startsAt + index * 13, to: anywhere(random), port, outcome });
  }
  for (let index = 0; index < 26; index += 1) {
    const outcome = index % 2 === 0 ? "answered" : "silent";
    scene.datagram(mesh, { at: startsAt + index * 180, to: stranger(600 + index), port: 3478, outcome });
    if (index < 12) scene.datagram(mesh, { at: startsAt + index * 400, to: `172.20.${index}.9`, port: 41_641 });
  }
  scene.play(startsAt + 900_000);
  assertLeftAlone(scene, [torrent, chain, call, game, mesh, ...colleagues]);
  assert.match(lineOf(scene.host(torrent), "peer-to-peer")?.text ?? "", /peer-to-peer/);
});

test("inspectors, discovery, delivery between branches and a technician: nobody infected, the technician for a person to ask", () => {
  const { scene, random } = anOffice(120_000);
  const live = [10, 11, 12, 13, 30, 31, 32];
  const [inspector, discovery, technician] = [20, 21, 22] as const;
  for (const [index, number] of shuffledNetwork(random).entries()) {
    scene.arpRequest(inspector, { at: startsAt + index * 78, target: hostAddress(number) });
  }
  for (const [index, number] of live.entries()) {
    for (let port = 0; port < 12; port += 1) {
      const at = startsAt + 25_000 + index * 3000 + port * 200;
      const to = hostAddress(number);
      scene.contact(inspector, {
        at,
        to,
        port: [22, 23, 80, 443, 445, 8080, 21, 139, 5900, 3389, 554, 9100][port] ?? 80,
        outcome: "refused",
      });
    }
  }
  for (const [index, number] of live.slice(0, 6).entries()) {
    for (let port = 0; port < 25; port += 1) {
      const at = startsAt + index * 15_000 + port * 500;
      scene.contact(discovery, {
        at,
        to: hostAddress(number),
        port: 100 + port * 37,
        outcome: port % 5 === 0 ? "answered" : "refused",
      });
    }
  }
  for (const host of [23, 24, 25, 26, 27]) {
    for (let index = 0; index < 25; index += 1) {
      const outcome = random.below(100) < 20 ? "answered" : "silent";
      scene.contact(host, { at: startsAt + index * 1200 + host, to: `10.${host}.4.${index + 1}`, port: 7680, outcome });
    }
  }
  for (let round = 0; round < 2; round += 1) {
    for (let number = 1; number < 255; number += 1) {
      scene.arpRequest(technician, { at: startsAt + round * 500 + number * 2, target: hostAddress(number) });
    }
  }
  for (let number = 1; number < 255; number += 1) {
    scene.ping(technician, {
      at: startsAt + 2000 + number * 16,
      to: hostAddress(number),
      ...(live.includes(number) ? { outcome: "answered" } : {}),
    });
  }
  scene.play(startsAt + 150_000);
  for (const host of [inspector, technician]) {
    assert.notEqual(scene.host(host).verdict, "infected", ledger(scene.host(host)));
  }
  assert.match(lineOf(scene.host(technician), "arp-sweep")?.text ?? "", /A scan of the own network/);
  assertLeftAlone(scene, [discovery, 23, 24, 25, 26, 27, ...colleagues]);
});

test("an office whose resolver stands on the switch logs on and backs up: clear; its mailer is found all the same", () => {
  const scene = new Scene();
  const [controller, backup, guilty] = [5, 6, 66] as const;
  for (const host of colleagues) {
    const at = monday + host * 700;
    for (let index = 0; index < 4; index += 1) {
      // Domain controllers of other branches, two of them silent; no question for a name is seen.
      const outcome = index < 2 ? "answered" : "silent";
      scene.contact(host, { at: at + index * 30, to: `10.9.${index}.5`, port: index % 2 === 0 ? 445 : 389, outcome });
    }
    for (let index = 0; index < 20; index += 1) {
      scene.contact(host, {
        at: at + 2000 + index * 9000,
        to: stranger(3000 + host * 40 + index),
        port: 443,
        outcome: "answered",
      });
    }
  }
  for (let index = 0; index < 400; index += 1) {
    const at = monday + index * 1500;
    scene.lookUp(controller, {
      at,
      name: `www.site${index}.example`,
      addresses: index % 20 === 0 ? null : [stranger(4000 + index)],
      resolver: stranger(index),
    });
    if (index % 40 === 0)
      scene.lookUpMx(controller, { at: at + 5, domain: `d${index}.example`, exchange: `mx.d${index}.example` });
  }
  for (let index = 0; index < 20; index += 1) {
    for (const port of [445, 135]) {
      const outcome = index % 10 < 3 ? "silent" : "answered";
      scene.contact(backup, {
        at: monday + 60_000 + index * 4000,
        to: hostAddress(100 + index),
        port,
        outcome,
        afterMs: 2,
      });
    }
  }
  scene.play(monday + 1_200_000);
  assertLeftAlone(scene, [controller, backup, ...colleagues]);
  for (const host of [controller, ...colleagues])
    assert.equal(scene.host(host).verdict, "clear", ledger(scene.host(host)));
  for (let index = 0; index < 10; index += 1) {
    scene.contact(guilty, {
      at: monday + 1_210_000 + index * 10,
      to: stranger(800 + index),
      port: 25,
      outcome: "answered",
    });
  }
  scene.play(monday + 1_215_000);
  assertInfected(scene.host(guilty), "mail", monday + 1_210_000, 2000);
});

test("a resolver of the site asks the whole world for everybody: clear", () => {
  const { scene } = anOffice(300_000);
  for (let index = 0; index < 600; index += 1) {
    const at = startsAt + index * 400;
    scene.lookUp(5, {
      at,
      name: `www.site${index}.example`,
      addresses: index % 15 === 0 ? null : [stranger(4000 + index)],
      resolver: stranger(7000 + index),
    });
    if (index % 9 === 0)
      scene.lookUpMx(5, { at: at + 3, domain: `d${index}.example`, exchange: `mx.d${index}.example` });
  }
  scene.play(startsAt + 300_000);
  assert.equal(scene.host(5).verdict, "clear", ledger(scene.host(5)));
  assertLeftAlone(scene);
});

test("the line is cut on a Monday: nobody is anything but clear, and it is told within 20 s", () => {
  const scene = new Scene();
  const hosts = [...colleagues, 20, 21, 22, 23];
  const deadAt = monday + 90_000;
  const backAt = monday + 600_000;
  const playUntil = (from: number, until: number): Scene => {
    for (const [index, host] of hosts.entries()) {
      for (let round = 0; round < 120; round += 1) {
        const at = monday + index * 300 + round * 6000;
        if (at < from || at >= until) continue;
        const site = index * 5 + (round % 5);
        const isDead = at >= deadAt && at < backAt;
        if (round % 10 === 0) {
          for (let server = 0; server < 4; server += 1) {
            const outcome = isDead ? "silent" : "answered";
            scene.datagram(host, { at: at + server, to: stranger(8000 + server), port: 123, outcome });
          }
        }
        if (!isDead) scene.page(host, { at, site });
        else {
          // Names stay in caches, new ones are asked for in vain.
          scene.contact(host, { at: at + 40, to: stranger(5000 + site), port: 443 });
          scene.lookUp(host, { at: at + 400, name: `n${at}.example`, addresses: null, resolver: providerResolver });
        }
      }
    }
    return scene.play(until);
  };
  assert.equal(playUntil(monday, deadAt).judge.line().state, "healthy");
  assert.equal(playUntil(deadAt, deadAt + 20_000).judge.line().state, "dead");
  assert.equal(playUntil(deadAt + 20_000, backAt).judge.line().state, "dead");
  assert.equal(playUntil(backAt, backAt + 30_000).judge.line().state, "healthy");
  playUntil(backAt + 30_000, backAt + 120_000);
  for (const host of hosts) assert.equal(scene.host(host).verdict, "clear", ledger(scene.host(host)));
  assertLeftAlone(scene, hosts);
});
