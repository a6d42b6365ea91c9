import assert from "node:assert/strict";
import { test } from "node:test";
import { msgIn } from "../../provision/src/label/message.ts";
import { wordsOf } from "../../provision/src/label/words.ts";
import { wiringWords, type WiredPlace } from "../ui/src/words/wiring.ts";

test("the sheet on the screen says of every place what the label says that lies beside the box", () => {
  const plain = (table: object): unknown => JSON.parse(JSON.stringify(table));
  for (const place of ["lan", "wan", "auto", "gateway", "mirror"] satisfies readonly WiredPlace[]) {
    assert.deepEqual(plain(wiringWords[place]), plain(wordsOf(msgIn(null), place)), place);
  }
});
