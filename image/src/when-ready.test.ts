import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { eachWhenReady } from "./when-ready.ts";

const item = (name: string, ...needs: string[]) => ({ name, needs });

/** Works until it is told to end; knows who was begun, in order. */
class Bench {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  readonly work = ({ name }: { readonly name: string }): Promise<void> => {
    this.begun.push(name);
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    return end.promise;
  };

  async end(name: string, error?: Error): Promise<void> {
    if (error === undefined) this.#ends.get(name)?.resolve();
    else this.#ends.get(name)?.reject(error);
    await turn();
  }
}

suite("work that needs other work", () => {
  test("begins once that is done, two at a time, in the order of the list", async () => {
    const bench = new Bench();
    const items = [
      item("kernel"),
      item("start", "kernel"),
      item("system"),
      item("sensor"),
      item("root", "system", "sensor"),
    ];
    const ended = eachWhenReady(items, 2, bench.work);
    await turn();
    assert.deepEqual(bench.begun, ["kernel", "system"]);
    await bench.end("kernel");
    assert.deepEqual(bench.begun.slice(2), ["start"]);
    await bench.end("start");
    await bench.end("system");
    assert.deepEqual(bench.begun.slice(3), ["sensor"]);
    await bench.end("sensor");
    assert.deepEqual(bench.begun.slice(4), ["root"]);
    await bench.end("root");
    await ended;
  });

  test("is not begun after a failure, which is told when the rest has ended", async () => {
    const bench = new Bench();
    let said: unknown = null;
    const ended = eachWhenReady([item("kernel"), item("system"), item("sensor")], 2, bench.work).catch(
      (error: unknown) => (said = error),
    );
    await turn();
    const broken = new Error("no kernel");
    await bench.end("kernel", broken);
    assert.equal(said, null);
    await bench.end("system");
    await ended;
    assert.equal(said, broken);
    assert.deepEqual(bench.begun, ["kernel", "system"]);
  });

  test("that nobody does is said", async () => {
    await assert.rejects(
      eachWhenReady([item("root", "system")], 2, async () => {}),
      { code: "layers-unordered" },
    );
  });
});
