import assert from "node:assert/strict";
import { test } from "node:test";
import { honestLevel, levelSentence, type Enforcement, type Level, type LevelFacts } from "./level.ts";
import { vectorPorts } from "./plain-words.ts";
import { sweeps, type Placement, type Vector } from "./words.ts";

const quarantine = { kind: "quarantine", vector: null } as const;
const mail = { kind: "vector", vector: "mail" } as const;
const throttle = { kind: "throttle", vector: null } as const;
const mailThrottle = { kind: "throttle", vector: "mail" } as const;
const ping = { kind: "vector", vector: "ping" } as const;
const arp = { kind: "vector", vector: "arp" } as const;
const wishes: readonly LevelFacts["wish"][] = [quarantine, mail, throttle, mailThrottle, ping, arp];
const placements: readonly Placement[] = ["lan", "wan", "gateway", "mirror"];
const enforcements: readonly Enforcement[] = ["in-force", "absent", "unknown", "simulated"];

const table: readonly { wish: LevelFacts["wish"]; placement: Placement; enforcement: Enforcement; level: Level }[] = [
  { wish: quarantine, placement: "lan", enforcement: "in-force", level: "internet-cut" },
  { wish: quarantine, placement: "gateway", enforcement: "in-force", level: "gateway-cut" },
  { wish: quarantine, placement: "wan", enforcement: "in-force", level: "none" },
  { wish: quarantine, placement: "mirror", enforcement: "in-force", level: "none" },
  { wish: throttle, placement: "lan", enforcement: "in-force", level: "throttled" },
  { wish: mailThrottle, placement: "gateway", enforcement: "in-force", level: "throttled" },
  { wish: throttle, placement: "wan", enforcement: "in-force", level: "none" },
  { wish: mailThrottle, placement: "mirror", enforcement: "in-force", level: "none" },
  { wish: mail, placement: "lan", enforcement: "in-force", level: "vector-stopped" },
  { wish: mail, placement: "gateway", enforcement: "in-force", level: "vector-stopped" },
  { wish: ping, placement: "lan", enforcement: "in-force", level: "vector-stopped" },
  { wish: arp, placement: "lan", enforcement: "in-force", level: "throttled" },
  { wish: ping, placement: "wan", enforcement: "in-force", level: "none" },
  { wish: arp, placement: "mirror", enforcement: "in-force", level: "none" },
  { wish: mail, placement: "wan", enforcement: "in-force", level: "none" },
  { wish: mail, placement: "mirror", enforcement: "in-force", level: "none" },
];

for (const { level, ...facts } of table) {
  test(`${facts.wish.kind}${facts.wish.vector === null ? "" : ` of ${facts.wish.vector}`} in ${facts.placement}, held by the kernel, reaches ${level}`, () => {
    assert.equal(honestLevel(facts), level);
  });
}

test("whatever was wished and wherever the box stands, no more is claimed than the kernel does", () => {
  const claimed: Readonly<Record<Exclude<Enforcement, "in-force">, Level>> = {
    absent: "none",
    unknown: "unconfirmed",
    simulated: "simulated",
  };
  for (const wish of wishes) {
    for (const placement of placements) {
      for (const enforcement of ["absent", "unknown", "simulated"] as const) {
        assert.equal(honestLevel({ wish, placement, enforcement }), claimed[enforcement]);
      }
    }
  }
});

test("only a level that stops something is worded as stopping something", () => {
  for (const wish of wishes) {
    for (const placement of placements) {
      for (const enforcement of enforcements) {
        const facts = { wish, placement, enforcement };
        const stops = ["vector-stopped", "internet-cut", "gateway-cut"].includes(honestLevel(facts));
        const claims = /^Cut from|is stopped; everything else/.test(levelSentence(facts));
        assert.equal(claims, stops, JSON.stringify(facts));
      }
    }
  }
});

test("a throttle says that it limits, and what it leaves alone", () => {
  for (const wish of [throttle, mailThrottle]) {
    const held = levelSentence({ wish, placement: "lan", enforcement: "in-force" });
    assert.match(
      held,
      /^Its new (mail )?contacts beyond the switch are limited; everything established still works\.$/,
    );
    for (const placement of ["wan", "mirror"] as const) {
      assert.equal(levelSentence({ wish, placement, enforcement: "in-force" }), "Cannot be slowed from here.");
    }
  }
});

test("a cut in the line says that the neighbours still reach the machine", () => {
  for (const placement of ["lan", "gateway"] as const) {
    assert.match(
      levelSentence({ wish: quarantine, placement, enforcement: "in-force" }),
      /its neighbours on the switch can still reach it/,
    );
  }
});

test("where nothing can be cut the sentence says what a person can do", () => {
  assert.match(levelSentence({ wish: quarantine, placement: "mirror", enforcement: "in-force" }), /By hand: unplug it/);
  assert.match(levelSentence({ wish: quarantine, placement: "wan", enforcement: "in-force" }), /for everyone/);
});

test("every vector has words of its own", () => {
  const sentences = [...(Object.keys(vectorPorts) as Vector[]), ...sweeps].map((vector) =>
    levelSentence({ wish: { kind: "vector", vector }, placement: "lan", enforcement: "in-force" }),
  );
  assert.equal(new Set(sentences).size, sentences.length);
  for (const sentence of sentences) assert.doesNotMatch(sentence, /undefined/);
});
