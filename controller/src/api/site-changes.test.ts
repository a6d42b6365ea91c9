import assert from "node:assert/strict";
import { test } from "node:test";
import { SiteChanges } from "./site-changes.ts";

test("remembers of each site its last change, and says what it cannot know", () => {
  const changes = new SiteChanges(2);
  const heard: number[] = [];
  changes.listen(({ number }) => heard.push(number));
  for (const siteId of ["a", "b", "a"]) changes.tell(siteId);
  assert.deepEqual(changes.since(0), [
    { siteId: "b", number: 2 },
    { siteId: "a", number: 3 },
  ]);
  assert.deepEqual(changes.since(3), []);
  assert.equal(changes.since(4), null);
  changes.tell("c");
  // The last change of b is forgotten: whoever knows of it may go on, whoever does not may not.
  assert.equal(changes.since(1), null);
  assert.deepEqual(
    changes.since(2)?.map(({ siteId }) => siteId),
    ["a", "c"],
  );
  assert.deepEqual(heard, [1, 2, 3, 4]);
});
