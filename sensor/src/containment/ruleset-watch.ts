import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** Says when somebody else has changed a ruleset. */
export interface RulesetChanges {
  /**
   * How many transactions of others there were so far: where it has not grown, all rules and elements are as we have
   * left them, but for what packets add. Null while nobody can tell.
   */
  readonly count: number | null;
}

/** Between one end of the program and its next start. */
const restartMs = 5000;

/** Of our own processes so many at most are remembered; those whose text the kernel refused are never heard of. */
const ownAtMost = 64;

/**
 * Counts the kernel's transactions on rulesets as `nft monitor` prints them, one line each, so that nobody need read a
 * whole table to find that it has not changed. While the program does not run, nothing is told.
 *
 * A transaction is our own by the number of its process, which the kernel gives as the first process on the machine sees it:
 * where we see others, all are somebody else's, and more is read than need be.
 */
export class RulesetWatch implements RulesetChanges {
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #seen = 0;
  readonly #own = new Set<number>();
  /** It has said something since it began: only then is it sure to be listening. */
  #isListening = false;

  get count(): number | null {
    return this.#isListening ? this.#seen : null;
  }

  start(): void {
    // It must not outlast us, however we end: it would notice only with the next transaction.
    const argv = ["--pdeathsig", "KILL", "nft", "monitor"];
    const child = spawn("setpriv", argv, { stdio: ["ignore", "pipe", "ignore"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("# ")) return;
      if (!this.#own.delete(processOf(line))) this.#seen += 1;
      // Any other remark is that the kernel had more to say than was read in time.
      this.#isListening = line.startsWith("# new generation ");
    });
    child.on("error", () => {});
    child.on("close", () => {
      this.#isListening = false;
      if (!this.#isClosed) this.#timer = setTimeout(() => this.start(), restartMs);
    });
  }

  /** The next transaction of this process is our own. To be told before it can be heard of. */
  expect(pid: number): void {
    this.#own.add(pid);
    for (const oldest of this.#own) {
      if (this.#own.size <= ownAtMost) break;
      this.#own.delete(oldest);
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#child?.kill("SIGKILL");
  }
}

/** Of `# new generation 7 by process 812 (nft)`; 0 where it says nothing. */
function processOf(line: string): number {
  return Number(/ by process (\d+) /.exec(line)?.[1] ?? 0);
}
