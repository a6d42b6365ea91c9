/**
 * The executor's process on its own:
 * `executor-main.ts --socket PATH --state FOLDER (--bridge NAME --outside NAME [--wan | --gateway ADDRESS] | --mirror PORT) [--group N]`.
 */
import { parseArgs } from "node:util";
import { defaultLogGroup } from "../../src/capture/selection.ts";
import { runExecutor } from "../../src/containment/executor-process.ts";
import { runGatewayExecutor } from "../../src/containment/gateway-process.ts";
import { runMirrorExecutor } from "../../src/containment/mirror-process.ts";

const { values } = parseArgs({
  options: {
    socket: { type: "string" },
    state: { type: "string" },
    bridge: { type: "string" },
    outside: { type: "string" },
    mirror: { type: "string" },
    gateway: { type: "string" },
    wan: { type: "boolean", default: false },
    group: { type: "string", default: String(defaultLogGroup) },
  },
});
const { socket, state, bridge, outside, mirror, gateway, wan } = values;
const group = Number(values.group);
const isGroup = Number.isInteger(group) && group >= 0 && group <= 65_535;
if (socket === undefined || state === undefined || !isGroup) {
  process.stderr.write("usage: executor-main --socket PATH --state FOLDER … [--group N]\n");
  process.exit(2);
}
const common = {
  socketPath: socket,
  logGroup: group,
  clock: () => Date.now(),
  monotonic: () => performance.now(),
};
if (mirror !== undefined) await runMirrorExecutor({ ...common, port: mirror });
else {
  const ports = { bridge: bridge ?? "", outsidePort: outside ?? "" };
  if (gateway !== undefined) {
    await runGatewayExecutor({ ...common, ...ports, insideAddress: gateway, stateFolder: state });
  } else {
    await runExecutor({ ...common, ...ports, isOutsideRouter: wan, stateFolder: state });
  }
}
