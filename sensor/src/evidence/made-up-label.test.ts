import assert from "node:assert/strict";
import { test } from "node:test";
import { isMadeUp } from "./made-up-label.ts";

test("labels drawn by chance look made up", () => {
  for (const label of ["qxkdwvbnt", "xjwpqzmkfh", "a8f3k2q9x7", "vkpjhwzqbnxg", "hgfdkjwqpxvbnm"]) {
    assert.equal(isMadeUp(label), true, label);
  }
});

test("labels of words, initials and short ones do not", () => {
  const names = "youtube googlesyndication scorecardresearch doubleclick microsoftonline windowsupdate sueddeutsche";
  const more = "bundesregierung xiaohongshu cloudflareinsights stackoverflow jsdelivr fbcdn qq163 web1und1 t3n ckrf1";
  for (const label of `${names} ${more}`.split(" ")) assert.equal(isMadeUp(label), false, label);
});
