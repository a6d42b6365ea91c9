/** Loaded into a process before its own program (`--import`): tells what it used on file descriptor 3 when it ends. */
import { writeSync } from "node:fs";

process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify({ maxRSS, cpuTime: userCPUTime + systemCPUTime }));
});
