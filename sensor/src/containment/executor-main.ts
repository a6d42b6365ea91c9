/**
 * The executor's process:
 * `executor-main.ts --socket PATH --state FOLDER --bridge NAME --outside NAME [--group N]`.
 * The only process that changes the kernel. It ends at SIGTERM, SIGINT or when its stdin closes, and
 * whatever the kernel holds then stays in force. Its stderr is one JSON object a line.
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { defaultLogGroup, selection } from "../capture/selection.ts";
import { SensorError } from "../errors.ts";
import { ExecutorServer } from "./executor-server.ts";
import { KernelExecutor } from "./executor.ts";
import { nftPort } from "./nft.ts";
import { readFdb } from "./protected-set.ts";
import { renderSkeleton } from "./skeleton.ts";

function log(line: { readonly code: string; readonly text: string }): void {
  process.stderr.write(`${JSON.stringify({ at: Date.now(), process: "executor", ...line })}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      socket: { type: "string" },
      state: { type: "string" },
      bridge: { type: "string" },
      outside: { type: "string" },
      group: { type: "string", default: String(defaultLogGroup) },
    },
  });
  const { socket, state, bridge, outside } = values;
  const group = Number(values.group);
  if (socket === undefined || state === undefined || bridge === undefined || outside === undefined || !isGroup(group)) {
    log({
      code: "usage",
      text: "usage: executor-main --socket PATH --state FOLDER --bridge NAME --outside NAME [--group N]",
    });
    process.exit(2);
  }
  const executor = new KernelExecutor({
    nft: nftPort(),
    skeleton: renderSkeleton({ selection, logGroup: group, refusal: "drop" }),
    stateFolder: state,
    outsidePort: outside,
    readFdb: () => readFdb(bridge),
    clock: () => Date.now(),
    monotonic: () => performance.now(),
    log,
  });
  await executor.start();
  const server = new ExecutorServer({ executor, socketPath: socket, log });
  await server.start();
  const end = () => {
    void server.close().finally(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.stdin.resume();
}

function isGroup(group: number): boolean {
  return Number.isInteger(group) && group >= 0 && group <= 65_535;
}

try {
  await main();
} catch (error) {
  const code = error instanceof SensorError ? error.code : "executor-failed";
  log({ code, text: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
