import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../packet/packet.ts";
import { propagationKind } from "./contact.ts";
import { flags, pastTimes, shorts, shortShift, times, timeShift, words, wordShift } from "./contact-pool.ts";
import { ContactStore, type Numbered } from "./contact-store.ts";

interface Entry {
  readonly remote: AddressKey;
  readonly kind: number;
  lastAt: number;
  readonly mark: number;
}

/** The same by Maps: each owner's contacts in the order of their last use. */
class Model {
  readonly shelves = new Map<Numbered, { ordinary: Entry[]; propagation: Entry[] }>();
  readonly #limits: { readonly perOwner: number; readonly all: number };

  constructor(limits: { readonly perOwner: number; readonly all: number }) {
    this.#limits = limits;
  }

  get size(): number {
    return [...this.shelves.values()].reduce((sum, shelf) => sum + sizeOf(shelf), 0);
  }

  find(owner: Numbered, remote: AddressKey, kind: number): Entry | undefined {
    return this.#row(owner, kind).find((entry) => entry.remote === remote && entry.kind === kind);
  }

  take(owner: Numbered, entry: Entry): void {
    const own = this.shelves.get(owner) ?? { ordinary: [], propagation: [] };
    this.shelves.set(owner, own);
    if (sizeOf(own) >= this.#limits.perOwner) dropOne(own);
    if (this.size >= this.#limits.all) {
      let largest = own;
      for (const other of this.shelves.values()) if (sizeOf(other) > sizeOf(largest)) largest = other;
      for (let left = sizeOf(largest); left > 0; left -= 1) dropOne(largest);
    }
    this.#row(owner, entry.kind).push(entry);
  }

  renew(owner: Numbered, entry: Entry): void {
    const row = this.#row(owner, entry.kind);
    row.splice(row.indexOf(entry), 1);
    row.push(entry);
  }

  expire(since: number): void {
    for (const [owner, shelf] of this.shelves) {
      for (const row of [shelf.ordinary, shelf.propagation]) while ((row[0]?.lastAt ?? since + 1) <= since) row.shift();
      if (sizeOf(shelf) === 0) this.shelves.delete(owner);
    }
  }

  #row(owner: Numbered, kind: number): Entry[] {
    const shelf = this.shelves.get(owner);
    if (shelf === undefined) return [];
    return kind === propagationKind ? shelf.propagation : shelf.ordinary;
  }
}

function sizeOf({ ordinary, propagation }: { ordinary: Entry[]; propagation: Entry[] }): number {
  return ordinary.length + propagation.length;
}

function dropOne({ ordinary, propagation }: { ordinary: Entry[]; propagation: Entry[] }): void {
  (ordinary.length >= propagation.length ? ordinary : propagation).shift();
}

const step = fc.record({
  owner: fc.nat(3),
  remote: fc.oneof(
    fc.integer({ min: -6, max: 6 }),
    fc.constantFrom("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
  ),
  kind: fc.constantFrom(6, 8, propagationKind),
  does: fc.constantFrom("call", "call", "call", "call", "end", "end", "keep", "expire", "forget"),
});

test("whatever is called, ends, is kept and is forgotten, it remembers what Maps would, and what is on its way stays as it was", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const limits = { perOwner: 8, all: 20 };
      const store = new ContactStore<Numbered>(limits);
      const model = new Model(limits);
      // A forgotten owner's number is the next one's.
      const owners: Numbered[] = [0, 1, 2, 3].map((number) => ({ number }));
      const onTheirWay: { place: number; mark: number }[] = [];
      const held: { mark: number; contact: ReturnType<typeof store.at> }[] = [];
      for (const [mark, { owner: number, remote, kind, does }] of steps.entries()) {
        const owner = owners[number] ?? { number };
        if (does === "call") {
          const known = store.find(owner, remote, kind);
          const expected = model.find(owner, remote, kind);
          assert.equal(known >= 0, expected !== undefined);
          const place = known >= 0 ? known : store.take(owner, remote, kind);
          if (expected === undefined) {
            store.pool.times[(place << timeShift) + times.openedAt] = mark;
            store.pool.shorts[(place << shortShift) + shorts.port] = mark;
            onTheirWay.push({ place, mark });
            model.take(owner, { remote, kind, lastAt: mark, mark });
          } else {
            assert.equal(store.at(place).port, expected.mark);
            store.pool.beginPast(place);
            store.pool.pastTimes[(place << timeShift) + pastTimes.lastAt] = mark;
            store.renew(place);
            expected.lastAt = mark;
            model.renew(owner, expected);
          }
          assert.deepEqual([store.at(place).remote, store.at(place).kind], [remote, kind]);
          assert.equal(store.ownerOf(place), owner);
        } else if (does === "end") {
          const ended = onTheirWay.shift();
          if (ended !== undefined) store.ended(ended.place);
        } else if (does === "keep") {
          const place = store.find(owner, remote, kind);
          if (place < 0) continue;
          const contact = store.at(place);
          contact.isKept = true;
          held.push({ mark: contact.port, contact });
        } else if (does === "expire") {
          const since = mark - 40;
          store.expire({ ordinary: since, propagation: since });
          model.expire(since);
        } else {
          store.forget(owner);
          model.shelves.delete(owner);
          owners[number] = { number };
        }
        assert.equal(store.size, model.size);
        for (const { place, mark: own } of onTheirWay) {
          assert.equal(store.pool.shorts[(place << shortShift) + shorts.port], own);
          assert.equal((store.pool.words[(place << wordShift) + words.flags] ?? 0) & flags.confirmed, 0);
        }
        for (const { contact, mark: own } of held) assert.equal(contact.port, own);
      }
    }),
    { numRuns: 300 },
  );
});
