// npm, when it is killed, takes nobody with it: the shell it started and what that started live on.
// So whoever runs under npm looks upward, several times a second, and ends when somebody there is gone.
import { readFileSync } from "node:fs";

/** `npm start` (the title npm gives itself) or `node /usr/bin/npm start`, but not `sh -c npm start`. */
const npmCommandLine = /^(\S*node\S* )?(\S*\/)?(npm|npx)(-cli\.js)?( |$)/;

/** How often the processes above are looked at, ms. A read of a few small files in /proc. */
const lookEveryMs = 400;

/**
 * What /proc tells of one process; null when it is gone (or is a zombie: dead, but not yet collected).
 *
 * @param {number | "self"} pid
 */
export function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in brackets may hold spaces and brackets: fields are counted from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    return { parentPid: Number(fields[1]), terminal: Number(fields[4]), startedAtTicks: fields[19] };
  } catch {
    return null;
  }
}

/** @param {number} pid */
function readCommandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/**
 * The processes above us up to the topmost npm, nearest first; [] when no npm started us. What lies
 * above npm is not watched: a shell may start npm in the background and end.
 *
 * @param {number} pid
 */
export function launchersOf(pid) {
  const chain = [];
  let watched = 0;
  for (let at = readProcess(pid)?.parentPid ?? 0; at > 1 && chain.length < 16;) {
    const found = readProcess(at);
    if (found === null) break;
    chain.push({ pid: at, startedAtTicks: found.startedAtTicks });
    if (npmCommandLine.test(readCommandLine(at))) watched = chain.length;
    // Between one npm and the next lie at most a shell and the node that npx starts.
    else if (chain.length > watched + 2) break;
    at = found.parentPid;
  }
  return chain.slice(0, watched);
}

/** True where a closing terminal is to be survived, as `nohup` arranges it. */
export function isHangupIgnored() {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return false;
  }
}

/**
 * Calls back once when one of the launchers is gone, or the terminal we were started on.
 *
 * @param {readonly { pid: number, startedAtTicks: string | undefined }[]} launchers
 * @param {(what: string) => void} onGone
 */
export function watchAbove(launchers, onGone) {
  const hangupIgnored = isHangupIgnored();
  const terminal = readProcess("self")?.terminal ?? 0;
  const timer = setInterval(() => {
    const gone = launchers.find((each) => readProcess(each.pid)?.startedAtTicks !== each.startedAtTicks);
    const hasTerminalGone = !hangupIgnored && terminal !== 0 && readProcess("self")?.terminal !== terminal;
    if (gone === undefined && !hasTerminalGone) return;
    clearInterval(timer);
    onGone(gone === undefined ? "the terminal was closed" : "the command that started this has ended");
  }, lookEveryMs);
  timer.unref();
}
