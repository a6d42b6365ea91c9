import { spawn } from "node:child_process";

/** Sends assignments such as `READY=1` to the service manager. */
export type Notify = (words: readonly string[]) => void;

export interface ServiceManagerOptions {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`, as systemd sets them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly processId: number;
  readonly notify: Notify;
}

/**
 * Tells systemd how this process stands (sd_notify(3)): that it does its work, and from then on that it
 * still does, so that one that hangs is started again. Without a service manager it says nothing.
 */
export class ServiceManager {
  readonly #options: ServiceManagerOptions;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ServiceManagerOptions) {
    this.#options = options;
  }

  /**
   * The work has begun. `isWell` is asked before each sign of life; while it says no there is none, and
   * after the watchdog's time systemd ends this process.
   */
  ready(status: string, isWell: () => boolean): void {
    const { environment, notify } = this.#options;
    if (!environment["NOTIFY_SOCKET"] || this.#timer !== null) return;
    notify(["READY=1", `STATUS=${status}`]);
    const everyMs = this.#pingMs();
    if (everyMs === null) return;
    this.#timer = setInterval(() => {
      if (isWell()) notify(["WATCHDOG=1"]);
    }, everyMs);
    // What keeps the process alive is its work.
    this.#timer.unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** A third of the time that the watchdog waits: one sign may be late, and one be lost. Null without a watchdog. */
  #pingMs(): number | null {
    const { environment, processId } = this.#options;
    const waitsUs = Number(environment["WATCHDOG_USEC"]);
    const isOurs = [undefined, String(processId)].includes(environment["WATCHDOG_PID"]);
    return Number.isSafeInteger(waitsUs) && waitsUs > 0 && isOurs ? waitsUs / 3000 : null;
  }
}

const patienceMs = 10_000;

/**
 * By the program that comes with systemd, since Node has no datagram sockets of the Unix family. It is a
 * child of this process, so its unit needs NotifyAccess=all.
 */
export function systemdNotify(onFailure: (reason: string) => void): Notify {
  return (words) => {
    const child = spawn("systemd-notify", [...words], { stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs).unref();
    const end = (reason: string | null) => {
      clearTimeout(timer);
      if (reason !== null) onFailure(reason);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(code === 0 ? null : `systemd-notify ended with ${signal ?? code}`));
  };
}
