import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";

const turn = resolve(import.meta.dirname, "../../../.bootstrap/turn.mjs");

/** A process that takes a turn, says so, and keeps it until its stdin ends. */
function taker(t: TestContext, folder: string) {
  const text = `
    const { takeTurn } = await import(${JSON.stringify(turn)});
    const end = await takeTurn(${JSON.stringify(folder)});
    console.log("has it");
    process.stdin.resume().on("end", () => { end(); console.log("gave it"); });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], { stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  return {
    child,
    says: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    waits: once(child.stderr, "data"),
  };
}

for (const { name, end } of [
  { name: "ends in order", end: (child: ReturnType<typeof spawn>) => child.stdin?.end() },
  { name: "is killed", end: (child: ReturnType<typeof spawn>) => child.kill("SIGKILL") },
]) {
  test(`a second set-up waits for the first, and goes on when that one ${name}`, { timeout: 20_000 }, async (t) => {
    const folder = `/turn-${process.pid}-${name}`;
    const first = taker(t, folder);
    assert.equal((await first.says.next()).value, "has it");
    const second = taker(t, folder);
    const [words] = await second.waits;
    assert.match(String(words), /another command is setting up this folder/);
    end(first.child);
    assert.equal((await second.says.next()).value, "has it");
  });
}
