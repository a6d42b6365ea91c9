import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** Says when somebody has changed a ruleset. */
export interface RulesetChanges {
  /**
   * How many transactions there were so far, ours among them: where it has not grown, all rules and elements are as they
   * were, but for what packets add. Null while nobody can tell.
   */
  readonly count: number | null;
}

/** Between one end of the program and its next start. */
const restartMs = 5000;

/**
 * Counts the kernel's transactions on rulesets as `nft monitor` prints them, one line each, so that nobody need read a
 * whole table to find that it has not changed. While the program does not run, nothing is told.
 */
export class RulesetWatch implements RulesetChanges {
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #seen = 0;
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
      this.#seen += 1;
      // Any other remark is that the kernel had more to say than was read in time.
      this.#isListening = line.startsWith("# new generation ");
    });
    child.on("error", () => {});
    child.on("close", () => {
      this.#isListening = false;
      if (!this.#isClosed) this.#timer = setTimeout(() => this.start(), restartMs);
    });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#child?.kill("SIGKILL");
  }
}
