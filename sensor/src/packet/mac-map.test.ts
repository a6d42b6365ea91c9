import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MacMap } from "./mac-map.ts";

/** Some that share a place with others, and some that share their lower half. */
const mac = fc.tuple(fc.nat(5), fc.nat(90)).map(([high, low]) => high * 0x1_0000_0000 + low);

test("whatever is put in and taken out, it is what a Map would have", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("set", "get", "delete"), mac), { maxLength: 300 }), (steps) => {
      const macs = new MacMap<number>();
      const model = new Map<number, number>();
      for (const [index, [step, key]] of steps.entries()) {
        if (step === "set") {
          macs.set(key, index);
          model.set(key, index);
        } else if (step === "delete") {
          macs.delete(key);
          model.delete(key);
        }
        assert.equal(macs.get(key), model.get(key));
        assert.equal(macs.has(key), model.has(key));
        assert.equal(macs.size, model.size);
      }
      assert.deepEqual([...macs], [...model]);
    }),
  );
});
