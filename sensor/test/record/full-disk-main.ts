/** Fills a small file system of its own while a flow log is kept on it, and says how the log stood; for tests. */
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { aFlowLine } from "../../src/record/a-flow-line.ts";
import { FlowStore } from "../../src/record/flow-store.ts";

execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", "/mnt"]);
let now = 1_790_000_000_000;
const store = new FlowStore("/mnt/flows/flows.sqlite", () => now, { maxWaiting: 1000 });
const minute = () => {
  store.add(Array.from({ length: 400 }, (_, port) => aFlowLine({ startedAt: now, insidePort: port })));
  now += 60_000;
  store.advance();
};
const standing = () => {
  const question = { at: now, errorMs: 12 * 3_600_000, limit: 500 };
  const answer = store.lookUp(question, { clockErrorMs: 0, isPortDecisive: true, completeUntil: now });
  const lost = answer.lost.reduce((sum, { count }) => sum + (count ?? 0), 0);
  return { failure, unwritten: store.state.unwritten, lost, found: answer.flows.length };
};

store.open();
minute();
try {
  writeFileSync("/mnt/filler", Buffer.alloc(4 * 1024 * 1024));
} catch {
  // Until nothing goes on it any more.
}
for (let round = 0; round < 10; round += 1) minute();
let { failure } = store.state;
const full = standing();
rmSync("/mnt/filler");
now += 60_000;
store.advance();
({ failure } = store.state);
process.stdout.write(JSON.stringify({ full, after: standing() }));
store.close();
