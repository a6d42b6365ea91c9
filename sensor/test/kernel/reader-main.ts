/** The reader's process on its own: `reader-main.ts --group N --socket PATH [--inside PORT]`. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runReader } from "../../src/capture/reader-process.ts";
import { readerExitCodes } from "../../src/capture/reader-protocol.ts";

const { values } = parseArgs({
  options: { group: { type: "string" }, socket: { type: "string" }, inside: { type: "string" } },
});
const group = Number(values.group);
if (values.socket === undefined || !Number.isInteger(group) || group < 0 || group > 65_535) {
  process.stderr.write("usage: reader-main --group 0…65535 --socket PATH\n");
  process.exit(readerExitCodes.usage);
}
const sender = fileURLToPath(new URL("send-frames-main.ts", import.meta.url));
await runReader({
  group,
  socketPath: values.socket,
  clock: () => Date.now(),
  monotonic: () => performance.now(),
  tap: null,
  sendFrames: values.inside === undefined ? null : [process.execPath, sender, values.inside],
});
