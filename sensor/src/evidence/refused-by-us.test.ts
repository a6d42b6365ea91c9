import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";

/** A program that walks through a list in one network; of each contact, what becomes of it. */
function aWalk(network: string, port: number, fates: readonly ("answered" | "stopped")[]): Scene {
  const scene = new Scene();
  fates.forEach((fate, index) => {
    const contact = { at: monday + index * 200, to: `${network}.${index + 20}`, port };
    if (fate === "stopped") scene.syn(10, { ...contact, mark: "stopped" });
    else scene.contact(10, { ...contact, outcome: "answered", afterMs: 5 });
  });
  return scene.play(monday + 120_000);
}

for (const [name, network, port] of [
  ["an inventory of the own network", "192.168.1", 9100],
  ["a backup of its neighbours", "192.168.1", 445],
  ["a list of servers in one network", "203.0.113", 8080],
] as const) {
  test(`${name} is as innocent under a throttle as without one`, () => {
    const count = 100;
    const free = aWalk(network, port, Array<"answered">(count).fill("answered"));
    assert.equal(free.host(10).verdict, "clear");
    // As the throttle does it: a burst goes through, then one in five.
    const fates = Array.from({ length: count }, (_, index) => (index < 10 || index % 5 === 0 ? "answered" : "stopped"));
    const throttled = aWalk(network, port, fates).host(10);
    assert.equal(throttled.verdict, "clear", throttled.evidence.map(({ text }) => text).join(" "));
    assert.ok((lineOf(throttled, "refused-by-us")?.count ?? 0) > 50);
  });
}

test("one that was stopped and is let through later counts by what becomes of it then", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    const contact = { to: stranger(index), port: 443, sourcePort: 50_000 + 2 * index };
    scene.syn(10, { ...contact, at: monday + index * 1000, mark: "stopped" });
    scene.contact(10, {
      ...contact,
      at: monday + 60_000 + index * 1000,
      sourcePort: 50_001 + 2 * index,
      outcome: "answered",
    });
  }
  scene.play(monday + 120_000);
  assert.equal(lineOf(scene.host(10), "refused-by-us"), undefined);
  assert.match(lineOf(scene.host(10), "answered-contacts")?.text ?? "", /^12 of the 12 /);
});

const anyContact = fc.record({
  to: fc.oneof(
    fc.integer({ min: 20, max: 250 }).map((last) => `192.168.1.${last}`),
    fc.integer({ min: 0, max: 200 }).map(stranger),
    fc.integer({ min: 1, max: 250 }).map((last) => `203.0.113.${last}`),
  ),
  port: fc.constantFrom(80, 443, 8080, 9100, 6881, 445),
  afterMs: fc.integer({ min: 0, max: 60_000 }),
  fate: fc.constantFrom("answered", "silent", "stopped"),
});

test("whatever our own rules stop of neighbours and everyday ports, the score is no higher than without it", () => {
  fc.assert(
    fc.property(fc.array(anyContact, { minLength: 1, maxLength: 150 }), (contacts) => {
      const scoreOf = (isLeftOut: (contact: (typeof contacts)[number]) => boolean): number => {
        const scene = new Scene();
        // So that there is always a host, and one that somebody answers.
        scene.contact(10, { at: monday, to: stranger(999), port: 443, outcome: "answered" });
        contacts.forEach((contact, index) => {
          const { to, port, afterMs, fate } = contact;
          // Strangers on a worm's port are attempts, whoever stops them.
          const isAttempt = port === 445 && !to.startsWith("192.168.1.");
          if (isAttempt || isLeftOut(contact)) return;
          const fields = { at: monday + 100 + afterMs, to, port, sourcePort: 50_000 + index };
          if (fate === "stopped") scene.syn(10, { ...fields, mark: "stopped" });
          else scene.contact(10, { ...fields, outcome: fate });
        });
        return scene.play(monday + 120_000).host(10).score;
      };
      // The same target may be stopped once and let through another time: then both are one contact.
      const stopped = new Set(contacts.filter(({ fate }) => fate === "stopped").map(({ to }) => to));
      const isLeftOut = ({ to, fate }: (typeof contacts)[number]) => fate !== "stopped" && stopped.has(to);
      const withStopped = scoreOf(isLeftOut);
      const without = scoreOf((contact) => isLeftOut(contact) || contact.fate === "stopped");
      // Misses are forgotten in steps, at the moments at which something happens.
      assert.ok(withStopped <= without + 0.05, `${withStopped} with, ${without} without`);
    }),
    { numRuns: 300 },
  );
});
