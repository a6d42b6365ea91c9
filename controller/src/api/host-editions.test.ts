import assert from "node:assert/strict";
import { test } from "node:test";
import { aHost } from "../../test/sample-hosts.ts";
import { hostView } from "../incident/host-view.ts";
import { HostEditions } from "./host-editions.ts";

const snapshots = ["a", "b", "c"].map((host) => aHost({ host }));
const views = (all = snapshots, pardoned: string | null = null) =>
  all.map((snapshot) =>
    hostView(
      snapshot,
      [],
      pardoned === null ? [] : [{ host: pardoned, author: "operator", reason: "Known", at: 1, until: null }],
      { vendorOf: () => null },
    ),
  );
const answerOf = ({ changed, gone }: ReturnType<HostEditions["changes"]>) => ({
  changed: changed === null ? null : [...changed],
  gone: [...gone],
});

test("only machines that look otherwise since an edition are told, whatever was asked in between", () => {
  const editions = new HostEditions(() => "one");
  const first = editions.changes("office", views(), undefined);
  assert.equal(first.changed, null);
  assert.deepEqual(answerOf(editions.changes("office", views(), first.edition)), { changed: [], gone: [] });
  const [a, b, c] = snapshots;
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const second = editions.changes("office", views([a, { ...b, evidence: [...b.evidence] }, c]), first.edition);
  assert.deepEqual(answerOf(second), { changed: ["b"], gone: [] });
  const third = editions.changes("office", views([a, b], "a"), second.edition);
  assert.deepEqual(answerOf(third), { changed: ["a", "b"], gone: ["c"] });
  // Somebody who slept meanwhile.
  const late = editions.changes("office", views([a, b]), first.edition);
  assert.deepEqual(answerOf(late), { changed: ["a", "b"], gone: ["c"] });
  const back = editions.changes("office", views([a, b, c]), late.edition);
  assert.deepEqual(answerOf(back), { changed: ["c"], gone: [] });
});

test("an edition of another run or site is none", () => {
  const names = ["one", "two", "three"];
  const editions = new HostEditions(() => names.shift() ?? "");
  const { edition } = editions.changes("office", views(), undefined);
  assert.equal(editions.changes("other", views(), edition).changed, null);
  assert.equal(editions.changes("office", views(), "gone.7").changed, null);
  assert.equal(editions.changes("office", views(), "nonsense").changed, null);
  assert.equal(editions.changes("office", views(), "one.x").changed, null);
});
