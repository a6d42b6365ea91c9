import assert from "node:assert/strict";
import { test } from "node:test";
import { aContainment, aHost, aSite, noon } from "../../../test/ui/samples.ts";
import { twoWordsText } from "./at-box.ts";

test("what holds a machine that the box let go is named, for it may be a limit alone", () => {
  const { host } = aHost();
  const words = { id: "w-1", host, about: host, at: noon, atBox: "ended", atCentre: "wished" } as const;
  const held = aHost({
    containments: [
      aContainment({ kind: "throttle", vector: null }),
      aContainment({ id: "c-2", kind: "quarantine", releasing: true }),
    ],
  });
  assert.equal(
    twoWordsText(words, aSite({ hosts: [held] })),
    "Let go by a person at the box, and held here. What holds: slowed down.",
  );
  assert.equal(twoWordsText(words, aSite()), "Let go by a person at the box, and held here. It is held.");
});
