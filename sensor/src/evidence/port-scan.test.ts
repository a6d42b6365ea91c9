import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, Scene, stranger } from "../judge-scene.ts";
import { tcpFlags } from "../packet/packet.ts";

const { fin, psh, urg, syn, rst } = tcpFlags;

for (const [name, flags] of [
  ["SYN", syn],
  ["FIN", fin],
  ["no flags", 0],
  ["FIN, PSH and URG", fin | psh | urg],
  ["SYN and FIN", syn | fin],
] as const) {
  test(`ten ports of one stranger within a second are a scan by packets with ${name}`, () => {
    const scene = new Scene();
    for (let port = 1; port <= 10; port += 1) {
      scene.syn(10, { at: monday + port * 10, to: stranger(1), port: 100 + port, flags });
      if (port === 9) assert.equal(lineOf(scene.play().host(10), "port-scan"), undefined);
    }
    scene.play();
    const host = scene.host(10);
    assert.ok(host.verdict === "suspect" || host.verdict === "infected");
    assert.match(lineOf(host, "port-scan")?.text ?? "", /^Tried 10 ports of one machine within 1 s; none answered\./);
    assert.equal(lineOf(host, "odd-flags") !== undefined, flags !== syn);
  });
}

test("a scan by ACK is known by the targets that know of no connection", () => {
  const scene = new Scene();
  for (let port = 1; port <= 12; port += 1) {
    const reset = [...ports(port, 40_000), 0, 0, 0, 9, 0, 0, 0, 0, 0x50, rst, 0, 0, 0, 0, 0, 0];
    scene.arpRequest(10, { at: monday, target: "192.168.1.1" });
    scene.inward(10, monday + 100 + port, stranger(1), 6, reset);
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
});

test("a scan by datagrams is one, a traceroute is none", () => {
  const scene = new Scene();
  for (let index = 0; index < 90; index += 1) {
    scene.datagram(10, { at: monday + index * 20, to: stranger(1), port: 2000 + index * 7 });
    scene.datagram(11, { at: monday + index * 20, to: stranger(1), port: 33_434 + index });
  }
  scene.play(monday + 20_000);
  assert.equal(scene.host(10).verdict, "suspect");
  assert.equal(scene.host(11).verdict, "clear");
});

test("a scan at one port in ten seconds is found after forty", () => {
  const scene = new Scene();
  for (let port = 1; port <= 45; port += 1) {
    scene.syn(10, { at: monday + port * 10_000, to: stranger(1), port: 5000 + port });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
});

for (const [name, play] of [
  [
    "a hundred transfers of files, each on a port of its own",
    (scene: Scene) => {
      for (let port = 0; port < 100; port += 1) {
        scene.contact(10, { at: monday + port * 100, to: stranger(1), port: 20_000 + port, outcome: "answered" });
      }
    },
  ],
  [
    "a mail program's wizard that guesses seven ports in parallel",
    (scene: Scene) => {
      for (const port of [993, 143, 995, 110, 465, 587, 25]) scene.syn(10, { at: monday, to: stranger(1), port });
    },
  ],
  [
    "a discovery of devices that knocks at 25 ports of each machine it heard",
    (scene: Scene) => {
      for (let host = 0; host < 6; host += 1) {
        for (let port = 0; port < 25; port += 1) {
          const at = monday + host * 60_000 + port * 900;
          scene.contact(10, { at, to: hostAddress(100 + host), port: 700 + port * 31, outcome: "refused", afterMs: 1 });
        }
      }
    },
  ],
  [
    "answers to a machine that asked everybody from ever new ports",
    (scene: Scene) => {
      scene.arpRequest(10, { at: monday, target: hostAddress(11) });
      scene.arpRequest(11, { at: monday, target: hostAddress(10) });
      for (let index = 0; index < 40; index += 1) {
        const at = monday + 100 + index * 20;
        scene.datagram(11, { at, to: "239.255.255.250", port: 7000, sourcePort: 50_000 + index });
        scene.datagram(10, { at: at + 2, to: hostAddress(11), port: 50_000 + index, sourcePort: 7000 });
      }
    },
  ],
  [
    "a server on whose clients' many connections are hung up",
    (scene: Scene) => {
      scene.serves(10, { at: monday, client: stranger(1), port: 8080 });
      for (let index = 0; index < 60; index += 1) {
        const reset = [...ports(40_000 + index, 8080), 0, 0, 0, 9, 0, 0, 0, 0, 0x50, rst, 0, 0, 0, 0, 0, 0];
        scene.inward(10, monday + 100 + index, stranger(1), 6, reset);
      }
    },
  ],
  [
    "a telephone that fetches thirty files, each answered from a port of its own",
    (scene: Scene) => {
      for (let index = 0; index < 30; index += 1) {
        const at = monday + index * 50;
        scene.datagram(10, { at, to: stranger(1), port: 69, sourcePort: 2000 + index });
        scene.inward(10, at + 5, stranger(1), 17, [...ports(30_000 + index, 2000 + index), 0, 8, 0, 0]);
        scene.datagram(10, { at: at + 6, to: stranger(1), port: 30_000 + index, sourcePort: 2000 + index });
      }
    },
  ],
  [
    "a retry storm whose source port rises",
    (scene: Scene) => {
      for (let index = 0; index < 300; index += 1) {
        scene.syn(10, { at: monday + index * 300, to: stranger(1), port: 8080, sourcePort: 30_000 + index });
      }
    },
  ],
] as const) {
  test(`${name} is no scan`, () => {
    const scene = new Scene();
    play(scene);
    scene.play(monday + 400_000);
    assert.ok(["clear", "watched"].includes(scene.host(10).verdict), scene.host(10).verdict);
    assert.equal(scene.host(10).suspectAt, null);
  });
}

function ports(from: number, to: number): readonly number[] {
  return [from >> 8, from & 0xff, to >> 8, to & 0xff];
}
