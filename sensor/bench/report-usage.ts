/** Loaded into a process before its own program (`--import`): tells its peak memory on file descriptor 3 when it ends. */
import { writeSync } from "node:fs";

process.on("exit", () => {
  writeSync(3, String(process.resourceUsage().maxRSS));
});
