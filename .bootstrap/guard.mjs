// Loaded into a task before its own code (`node --import`): ends the task when the process that started
// it is gone, so that a SIGKILL above leaves nothing below. The task gets SIGTERM and time to clean up,
// then SIGKILL. A preload has to act on import; nothing else imports this file.
import { readProcess } from "./ancestors.mjs";

const lookEveryMs = 400;
/** Longer than any task takes to end in order. */
const cleanUpMs = 4000;

// The starter gives its own pid, for it may be gone before this line runs. Children of the task get
// no such word: their parent is whoever it is now.
const parentPid = Number(process.env["CORDON_STARTED_BY"] ?? process.ppid);
delete process.env["CORDON_STARTED_BY"];
const parentStartedAtTicks = readProcess(parentPid)?.startedAtTicks;

const timer = setInterval(() => {
  if (process.ppid === parentPid && readProcess(parentPid)?.startedAtTicks === parentStartedAtTicks) return;
  clearInterval(timer);
  setTimeout(() => process.kill(process.pid, "SIGKILL"), cleanUpMs).unref();
  process.kill(process.pid, "SIGTERM");
}, lookEveryMs);
timer.unref();
