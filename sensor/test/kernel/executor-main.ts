/**
 * The executor's process on its own:
 * `executor-main.ts --socket PATH --state FOLDER --bridge NAME --outside NAME [--group N]`.
 */
import { parseArgs } from "node:util";
import { defaultLogGroup } from "../../src/capture/selection.ts";
import { runExecutor } from "../../src/containment/executor-process.ts";

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
const isGroup = Number.isInteger(group) && group >= 0 && group <= 65_535;
if (socket === undefined || state === undefined || bridge === undefined || outside === undefined || !isGroup) {
  process.stderr.write("usage: executor-main --socket PATH --state FOLDER --bridge NAME --outside NAME [--group N]\n");
  process.exit(2);
}
await runExecutor({
  socketPath: socket,
  stateFolder: state,
  bridge,
  outsidePort: outside,
  logGroup: group,
  clock: () => Date.now(),
  monotonic: () => performance.now(),
});
