import assert from "node:assert/strict";
import { test } from "node:test";
import type { SensorView } from "../../../src/api/view.ts";
import type { AppState } from "../context/app-context.ts";
import { bannerOf } from "./banner.ts";

test("a silent box whose token or identity another has used is in trouble first, and silent second", () => {
  const state = {
    ...{ trouble: null, asOf: null, place: null, now: 0, session: { kind: "signed-out" } },
    time: { moment: () => "10:00" },
  } as unknown as AppState;
  const box = (codes: readonly string[]) =>
    ({
      ...{ state: "silent", since: 0, canContain: true },
      health: codes.map((code) => ({ code, severity: "error", since: 0, text: `of ${code}` })),
    }) as unknown as SensorView;
  assert.equal(String(bannerOf(state, box(["disk-full"]))?.title), "Box silent since 10:00.");
  for (const code of ["token-used-twice", "identity-in-two-places"]) {
    const banner = bannerOf(state, box(["disk-full", code]));
    assert.equal(String(banner?.title), "The box is in trouble.");
    assert.match(banner?.text ?? "", new RegExp(code));
  }
});
