import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, monday, stranger, type Scene } from "../../src/judge-scene.ts";
import { tcp, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import type { SeededRandom } from "../../bench/random.ts";
import { anOffice, anywhere, assertLeftAlone, colleagues, ledger, startsAt } from "./office.ts";

/** Programs and faults of every office, each of which has a trait of a worm's. After an hour names are known, or known to be missing. */

const person = 30;
const laterMs = 3_700_000;

interface Everyday {
  readonly name: string;
  readonly plays: (scene: Scene, at: number, random: SeededRandom) => void;
  readonly forMs: number;
  /** Default: watched at most. */
  readonly isClear?: true;
}

const everyday: readonly Everyday[] = [
  {
    name: "the log-on of a roaming machine, thirty controllers of other branches silent",
    forMs: 60_000,
    plays: (scene, at) => {
      for (let index = 0; index < 30; index += 1) {
        const to = `10.${10 + index}.0.5`;
        scene.datagram(person, { at: at + index * 3, to, port: 389, outcome: index < 4 ? "answered" : "silent" });
        for (const [step, port] of [88, 389, 445, 135].entries()) {
          const outcome = index < 4 ? "answered" : "silent";
          scene.contact(person, { at: at + 200 + index * 300 + step * 20, to, port, outcome });
        }
      }
    },
  },
  {
    name: "the morning's storm of log-ons at controllers that answer",
    forMs: 60_000,
    isClear: true,
    plays: (scene, at) => {
      for (const host of colleagues) {
        for (let index = 0; index < 4; index += 1) {
          for (const [step, port] of [88, 389, 445, 135, 464, 49_664].entries()) {
            const when = at + host * 13 + index * 40 + step * 5;
            scene.contact(host, { at: when, to: hostAddress(200 + index), port, outcome: "answered", afterMs: 1 });
          }
        }
      }
    },
  },
  {
    name: "a poll by SNMP of a hundred devices, a third of them off",
    forMs: 300_000,
    plays: (scene, at) => {
      for (let round = 0; round < 5; round += 1) {
        for (let index = 0; index < 100; index += 1) {
          const outcome = index % 3 === 0 ? "silent" : "answered";
          const when = at + round * 60_000 + index * 200;
          scene.datagram(person, { at: when, to: `192.168.9.${1 + index}`, port: 161, outcome, afterMs: 5 });
        }
      }
    },
  },
  {
    name: "a watcher of forty services by many protocols, a fifth of them dead",
    forMs: 600_000,
    plays: (scene, at) => {
      for (let round = 0; round < 10; round += 1) {
        for (let index = 0; index < 40; index += 1) {
          const outcome = index % 5 === 0 ? "silent" : "answered";
          const port = [22, 25, 80, 443, 3306, 5432, 8080, 5666][index % 8] ?? 80;
          const when = at + round * 60_000 + index * 1200;
          scene.contact(person, { at: when, to: `192.168.9.${1 + index}`, port, outcome, afterMs: 3 });
        }
      }
    },
  },
  {
    name: "a client of shared files whose peers a firewall swallows, all but those by web ports",
    forMs: 300_000,
    plays: (scene, at, random) => {
      for (let index = 0; index < 1500; index += 1) {
        const port = random.below(50) === 0 ? 443 : 1024 + random.below(60_000);
        scene.syn(person, { at: at + index * (index < 900 ? 66 : 400), to: anywhere(random), port });
        if (index % 25 === 0) scene.page(person, { at: at + index * 66, site: index });
      }
    },
  },
  {
    name: "a browser that opens two hundred tabs again, names hidden, on a line that is slow",
    forMs: 60_000,
    plays: (scene, at) => {
      for (let index = 0; index < 200; index += 1) {
        const outcome = index % 12 === 0 ? "silent" : "answered";
        scene.contact(person, { at: at + index * 40, to: stranger(4000 + index), port: 443, outcome, afterMs: 900 });
      }
    },
  },
  {
    name: "a program that gets round blocks by a list of six hundred addresses, most of them shut",
    forMs: 600_000,
    plays: (scene, at, random) => {
      for (let index = 0; index < 300; index += 1) {
        const outcome = random.below(100) < 4 ? "answered" : "silent";
        const port = [443, 80, 443, 8080][index % 4] ?? 443;
        scene.contact(person, { at: at + index * 2000, to: anywhere(random), port, outcome });
        if (index % 20 === 0) scene.page(person, { at: at + index * 2000, site: index });
      }
    },
  },
  {
    name: "old telephony by supernodes on every port",
    forMs: 330_000,
    plays: (scene, at, random) => {
      for (let index = 0; index < 300; index += 1) {
        const outcome = random.below(100) < 30 ? "answered" : "silent";
        const port = index % 5 === 0 ? 443 : index % 7 === 0 ? 80 : 1024 + random.below(60_000);
        if (index < 90) scene.contact(person, { at: at + index * 3500, to: anywhere(random), port, outcome });
        scene.datagram(person, {
          at: at + index * 1000,
          to: anywhere(random),
          port: 1024 + random.below(60_000),
          outcome,
        });
      }
    },
  },
  {
    name: "a list of a thousand game servers on one port, a third of them gone",
    forMs: 60_000,
    plays: (scene, at, random) => {
      for (let index = 0; index < 1000; index += 1) {
        const outcome = random.below(100) < 66 ? "answered" : "silent";
        scene.datagram(person, { at: at + index * 10, to: anywhere(random), port: 27_015, outcome });
      }
    },
  },
  {
    name: "names that nobody answers for a while, everywhere",
    forMs: 120_000,
    isClear: true,
    plays: (scene, at) => {
      for (const host of [person, ...colleagues]) {
        for (let index = 0; index < 120; index += 1) {
          const name = `www.nobody-answers-${index}.example`;
          scene.lookUp(host, { at: at + index * 900 + host, name, addresses: null });
        }
      }
    },
  },
  {
    name: "a wireless link that loses half of what it sends",
    forMs: 120_000,
    isClear: true,
    plays: (scene, at) => {
      for (let index = 0; index < 120; index += 1) {
        const to = stranger(5000 + (index % 30));
        scene.lookUp(person, { at: at + index * 900, name: `www.site${index % 30}.example`, addresses: [to] });
        const outcome = index % 2 === 0 ? "answered" : "silent";
        scene.contact(person, { at: at + index * 900 + 30, to, port: 443, outcome, afterMs: 1500 });
      }
    },
  },
  {
    name: "a laptop that wakes up and finds thirty of its connections gone",
    forMs: 60_000,
    isClear: true,
    plays: (scene, at) => {
      scene.arpRequest(person, { at, target: hostAddress(1) });
      for (let index = 0; index < 30; index += 1) {
        const reset = [1, 187, 0x9c, 0x40 + index, 0, 0, 0, 9, 0, 0, 0, 0, 0x50, 4, 0, 0, 0, 0, 0, 0];
        scene.inward(person, at + 100 + index * 15, stranger(4000 + index), 6, reset);
      }
    },
  },
  {
    name: "a printer that is sought by everybody, and mails, and asks who is there",
    forMs: 120_000,
    plays: (scene, at) => {
      for (let index = 0; index < 60; index += 1) {
        for (const port of [5353, 1900, 3702, 5355]) {
          const to = port === 1900 || port === 3702 ? "239.255.255.250" : "224.0.0.251";
          scene.datagram(person, { at: at + index * 900, to, port, sourcePort: 40_000 + index });
        }
        for (const host of colleagues) {
          if (index % 20 === 0)
            scene.contact(host, {
              at: at + index * 1000 + host,
              to: hostAddress(person),
              port: 9100,
              outcome: "answered",
            });
        }
      }
    },
  },
  {
    name: "an update that is fetched from forty machines of other branches, most of them off",
    forMs: 120_000,
    plays: (scene, at, random) => {
      for (let index = 0; index < 40; index += 1) {
        const outcome = random.below(100) < 20 ? "answered" : "silent";
        const to = index % 2 === 0 ? `10.4.${index}.9` : anywhere(random);
        scene.contact(person, { at: at + index * 1500, to, port: 7680, outcome });
      }
    },
  },
  {
    name: "an administrator's work on thirty servers by secure shell, again and again",
    forMs: 600_000,
    plays: (scene, at) => {
      for (let round = 0; round < 10; round += 1) {
        for (let index = 0; index < 30; index += 1) {
          const to = index < 15 ? hostAddress(100 + index) : stranger(600 + index);
          scene.contact(person, { at: at + round * 60_000 + index * 500, to, port: 22, outcome: "answered" });
        }
      }
    },
  },
  {
    name: "desktops by remote that are opened anew whenever the line shakes",
    forMs: 300_000,
    plays: (scene, at) => {
      for (let round = 0; round < 4; round += 1) {
        for (let index = 0; index < 6; index += 1) {
          const name = `desk${index}.customer.example`;
          scene.lookUp(person, { at: at + round * 60_000, name, addresses: [stranger(650 + index)] });
          const when = at + round * 60_000 + 100 + index * 800;
          scene.contact(person, { at: when, to: stranger(650 + index), port: 3389, outcome: "answered" });
        }
      }
    },
  },
];

for (const { name, plays, forMs, isClear = false } of everyday) {
  for (const when of ["at once", "after an hour"] as const) {
    test(`${name}, ${when}: ${isClear ? "clear" : "watched at most"}`, () => {
      const at = when === "at once" ? startsAt : startsAt + laterMs;
      const { scene, random } = anOffice(0);
      // The office goes on beside it, so that names are seen and the line is heard.
      for (let page = 0; page < 30; page += 1) {
        for (const host of [10, 11, 12, person]) scene.page(host, { at: at - 60_000 + page * 3000 + host, site: page });
      }
      plays(scene, at, random);
      scene.play(at + forMs + 60_000);
      assertLeftAlone(scene, [person, ...colleagues]);
      if (!isClear) return;
      for (const host of scene.judge.hosts()) assert.equal(host.verdict, "clear", `${host.host}: ${ledger(host)}`);
    });
  }
}

for (const port of [25, 587]) {
  test(`three accounts of one person whose mail is fetched, and sent within a second by port ${port}: clear`, () => {
    const { scene } = anOffice(60_000);
    for (let index = 0; index < 3; index += 1) {
      for (const [step, server] of ["imap", "smtp"].entries()) {
        const to = stranger(720 + index * 2 + step);
        const at = startsAt + step * 20_000 + index * 200;
        scene.lookUp(person, { at, name: `${server}.account${index}.example`, addresses: [to] });
        scene.contact(person, { at: at + 50, to, port: step === 0 ? 993 : port, outcome: "answered" });
      }
    }
    scene.play(startsAt + 60_000);
    assert.equal(scene.host(person).verdict, "clear", ledger(scene.host(person)));
  });
}

test("whoever fetches mail of three providers and mails to five others is a mailer all the same", () => {
  const { scene } = anOffice(60_000);
  for (let index = 0; index < 8; index += 1) {
    const to = stranger(720 + index);
    const name = index < 3 ? `pop.account${index}.example` : `mx.firm${index}.example`;
    scene.lookUp(66, { at: monday + index * 400, name, addresses: [to] });
    scene.contact(66, { at: monday + index * 400 + 50, to, port: index < 3 ? 995 : 25, outcome: "answered" });
  }
  scene.play(startsAt);
  assert.equal(scene.host(66).verdict, "infected", ledger(scene.host(66)));
});

test("a machine on which reflected answers of thousands rain, and which refuses them: clear", () => {
  const { scene, random } = anOffice(60_000);
  scene.page(person, { at: startsAt, site: 1 });
  for (let index = 0; index < 3000; index += 1) {
    const at = startsAt + 1000 + index * 10;
    const from = anywhere(random);
    const synAck = tcp({
      sourcePort: 443,
      destinationPort: 1024 + (index % 60_000),
      flags: tcpFlags.syn | tcpFlags.ack,
    });
    scene.inward(person, at, from, protocols.tcp, synAck);
    scene.syn(person, { at: at + 1, to: from, port: 443, flags: tcpFlags.rst, sequence: 77 });
    scene.inward(person, at + 2, from, protocols.udp, udp(123, 1024 + (index % 60_000)));
  }
  scene.play(startsAt + 60_000);
  assert.equal(scene.host(person).verdict, "clear", ledger(scene.host(person)));
  assertLeftAlone(scene);
});

test("servers of time, names and discovery that strangers ask by the thousand, and that answer: clear", () => {
  const { scene, random } = anOffice(60_000);
  scene.arpRequest(person, { at: startsAt, target: hostAddress(1) });
  for (let index = 0; index < 3000; index += 1) {
    const at = startsAt + 1000 + index * 10;
    const port = [123, 1900, 161, 11_211, 389][index % 5] ?? 123;
    // Some forge one victim's address, others ask for themselves.
    const from = index % 2 === 0 ? stranger(7) : anywhere(random);
    const asked = 1024 + random.below(60_000);
    scene.inward(person, at, from, protocols.udp, udp(asked, port));
    scene.datagram(person, { at: at + 1, to: from, port: asked, sourcePort: port });
  }
  scene.play(startsAt + 60_000);
  assert.equal(scene.host(person).verdict, "clear", ledger(scene.host(person)));
  assertLeftAlone(scene);
});

for (const by of ["datagrams", "pings", "connections"] as const) {
  test(`a machine that floods one stranger with ${by} until it is told to stop: suspect`, () => {
    const { scene } = anOffice(60_000);
    for (let index = 0; index < 5; index += 1) {
      const at = startsAt + index * 5000;
      const fields = { at, to: stranger(7), mark: "flooded" } as const;
      if (by === "datagrams") scene.datagram(66, { ...fields, port: 53 });
      else if (by === "connections") scene.syn(66, { ...fields, port: 80 });
      else scene.ping(66, fields);
    }
    scene.play(startsAt + 60_000);
    assert.equal(scene.host(66).verdict, "suspect", ledger(scene.host(66)));
    assertLeftAlone(scene);
  });
}
