import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { meet, type Places, type Wish } from "./meeting.ts";

const wish = (id: string, about = "desk", strength = 1): Wish => ({ id, about, strength });

function places(of: Partial<Places>): Places {
  return { base: [], here: [], box: [], endedAtBox: new Set(), known: new Set(), isSingle: false, ...of };
}

/** Ids that are wished for once two places have met. */
function after(of: Places): string[] {
  const { taken, ended, replaced } = meet(of);
  const kept = of.here.map(({ id }) => id).filter((id) => !ended.includes(id) && !replaced.includes(id));
  return [...kept, ...taken];
}

/**
 * A story: what was wished for, what each place ended of it and added, and whether one of its kind is all there can be. Ids
 * are the places' own.
 */
const story = fc
  .record({
    base: fc.array(fc.record({ about: fc.constantFrom("a", "b"), strength: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: 4,
    }),
    endedHere: fc.array(fc.nat(3)),
    endedAtBox: fc.array(fc.nat(3)),
    here: fc.array(fc.record({ about: fc.constantFrom("a", "b"), strength: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: 3,
    }),
    box: fc.array(fc.record({ about: fc.constantFrom("a", "b"), strength: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: 3,
    }),
  })
  .map((drawn) => {
    const base = drawn.base.map((each, index) => ({ ...each, id: `base-${index}` }));
    const addedHere = drawn.here.map((each, index) => ({ ...each, id: `here-${index}` }));
    const addedThere = drawn.box.map((each, index) => ({ ...each, id: `box-${index}` }));
    const isIn = (list: readonly number[]) => (_: Wish, index: number) => list.includes(index);
    const ended = base.filter(isIn(drawn.endedAtBox));
    return {
      base,
      addedHere,
      addedThere,
      endedHere: base.filter(isIn(drawn.endedHere)),
      of: places({
        base,
        here: [...base.filter((each, index) => !isIn(drawn.endedHere)(each, index)), ...addedHere],
        box: [...base.filter((each, index) => !isIn(drawn.endedAtBox)(each, index)), ...addedThere],
        endedAtBox: new Set(ended.map(({ id }) => id)),
      }),
    };
  });

suite("two places meet again", () => {
  for (const { name, of, holds, words } of [
    {
      name: "what each has cut off stays cut off",
      of: places({ here: [wish("h", "desk")], box: [wish("b", "till")] }),
      holds: ["h", "b"],
      words: 0,
    },
    {
      name: "cut off at both, it is held by both until both are released, and nobody has to decide",
      of: places({ here: [wish("h")], box: [wish("b")] }),
      holds: ["h", "b"],
      words: 0,
    },
    {
      name: "released at the box it is released",
      of: places({ base: [wish("c")], here: [wish("c")], endedAtBox: new Set(["c"]) }),
      holds: [],
      words: 0,
    },
    {
      name: "released here, it is released though the box still held it",
      of: places({ base: [wish("c")], box: [wish("c")] }),
      holds: [],
      words: 0,
    },
    {
      name: "released at the box and cut off here meanwhile, it stays cut off, and somebody decides",
      of: places({ base: [wish("c")], here: [wish("c"), wish("h")], endedAtBox: new Set(["c"]) }),
      holds: ["h"],
      words: 1,
    },
    {
      name: "released here and cut off at the box meanwhile, likewise",
      of: places({ base: [wish("c")], box: [wish("c"), wish("b")] }),
      holds: ["b"],
      words: 1,
    },
    {
      name: "what was handed back before and released here since stays released",
      of: places({ box: [wish("b")], known: new Set(["b"]) }),
      holds: [],
      words: 0,
    },
    {
      name: "of two settings of one barrier the stricter holds, the box's",
      of: places({ here: [wish("h", "smb", 1)], box: [wish("b", "smb", 2)], isSingle: true }),
      holds: ["b"],
      words: 1,
    },
    {
      name: "or ours, and both are shown",
      of: places({ here: [wish("h", "smb", 2)], box: [wish("b", "smb", 1)], isSingle: true }),
      holds: ["h"],
      words: 1,
    },
    {
      name: "of two that are as strict ours stays",
      of: places({ here: [wish("h", "smb", 2)], box: [wish("b", "smb", 2)], isSingle: true }),
      holds: ["h"],
      words: 0,
    },
  ]) {
    test(name, () => {
      assert.deepEqual(after(of), holds);
      assert.equal(meet(of).twoWords.length, words);
    });
  }

  test("nothing that somebody wished for goes but by a word that named it", () => {
    fc.assert(
      fc.property(story, ({ of, base, addedHere, addedThere, endedHere }) => {
        const held = new Set(after(of));
        for (const { id } of [...addedHere, ...addedThere]) assert.ok(held.has(id), id);
        for (const { id } of base) {
          const isEnded = of.endedAtBox.has(id) || endedHere.some((each) => each.id === id);
          assert.equal(held.has(id), !isEnded, id);
        }
      }),
    );
  });

  test("a machine that one place let go and the other holds by a new word is shown", () => {
    fc.assert(
      fc.property(story, ({ of, addedHere, addedThere, endedHere }) => {
        const shown = new Set(meet(of).twoWords.map(({ about }) => about));
        const endedThere = of.base.filter(({ id }) => of.endedAtBox.has(id));
        for (const about of ["a", "b"]) {
          const has = (list: readonly Wish[]) => list.some((each) => each.about === about);
          const isSplit =
            (has(endedThere) && has(addedHere)) ||
            (has(addedThere) && has(endedHere.filter(({ id }) => !of.endedAtBox.has(id))));
          assert.equal(shown.has(about), isSplit, about);
        }
      }),
    );
  });

  test("where one of a kind is all there can be, the strictest that nobody ended holds", () => {
    fc.assert(
      fc.property(story, ({ of, addedHere, addedThere }) => {
        // At each place one takes the other's place.
        const newest = (wishes: readonly Wish[], about: string) =>
          wishes.filter((each) => each.about === about).slice(-1);
        for (const about of ["a", "b"]) {
          const [here, box] = [newest(addedHere, about), newest(addedThere, about)];
          const single = places({ here, box, isSingle: true });
          const strongest = Math.max(0, ...[...here, ...box].map(({ strength }) => strength));
          const held = after(single).map((id) => [...here, ...box].find((each) => each.id === id)?.strength ?? 0);
          assert.deepEqual(held, strongest === 0 ? [] : [strongest]);
        }
        void of;
      }),
    );
  });

  test("what was handed back is not handed back again", () => {
    fc.assert(
      fc.property(story, ({ of }) => {
        const { taken } = meet(of);
        const kept = of.here.filter(({ id }) => !of.endedAtBox.has(id));
        const here = [...kept, ...of.box.filter(({ id }) => taken.includes(id))];
        const again = meet({ ...of, here, known: new Set(taken) });
        assert.deepEqual([again.taken, again.ended], [[], []]);
      }),
    );
  });
});
