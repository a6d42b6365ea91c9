import { SensorError } from "../errors.ts";
import { ExecutorServer, type TableKeeper } from "./executor-server.ts";

export interface ServeOptions {
  /** Where the judge connects to. */
  readonly socketPath: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Whether the end of its stdin ends it; default true. A service manager gives it none. */
  readonly endsWithStdin?: boolean;
  /** Called after each look at the kernel's state, whatever came of it. */
  readonly onSelfChecked?: () => void;
}

export type ExecutorLog = (line: { readonly code: string; readonly text: string }) => void;

/** One JSON object a line, on stderr. */
export function executorLog(clock: () => number): ExecutorLog {
  return (line) => {
    process.stderr.write(`${JSON.stringify({ at: clock(), process: "executor", ...line })}\n`);
  };
}

/** Has the judge served by what holds our table, until this process is told to end. */
export async function serveExecutor(executor: TableKeeper, log: ExecutorLog, options: ServeOptions): Promise<void> {
  const { socketPath, onSelfChecked } = options;
  const server = new ExecutorServer({ executor, socketPath, log, ...(onSelfChecked && { onSelfChecked }) });
  try {
    await executor.start();
    await server.start();
  } catch (error) {
    const code = error instanceof SensorError ? error.code : "executor-failed";
    log({ code, text: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
  const end = () => {
    void server.close().finally(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (options.endsWithStdin === false) return;
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.stdin.resume();
}
