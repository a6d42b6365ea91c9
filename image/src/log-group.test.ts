import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLogGroup } from "../../sensor/src/capture/selection.ts";

const script = join(import.meta.dirname, "../layers/files/root/usr/lib/cordon/is-capturing");

test("the box looks for its judge at the log group that the ruleset logs to", async () => {
  const text = await readFile(script, "utf8");
  assert.deepEqual(
    [...text.matchAll(/"\$group" != (\d+) /g)].map(([, group]) => Number(group)),
    [defaultLogGroup],
  );
});
