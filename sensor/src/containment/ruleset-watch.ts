import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Nft } from "./nft.ts";

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

/** How long after a load of ours its transaction may still be heard of. One that changes nothing is none. */
const lateMs = 1000;

/**
 * Counts the kernel's transactions on rulesets as `nft monitor` prints them, one line each, so that nobody need read a
 * whole table to find that it has not changed. While the program does not run, nothing is told.
 *
 * As many as we have carried out ourselves are our own, in whatever order they are heard of. (Who it was is said by the
 * number of a process as the first process on the machine sees it, which in a namespace nobody knows.)
 */
export class RulesetWatch implements RulesetChanges {
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #others = 0;
  /** Loads of ours whose transactions were not heard of yet. */
  readonly #awaited = new Set<object>();
  /** It has said something since it began: only then is it sure to be listening. */
  #isListening = false;

  get count(): number | null {
    return this.#isListening ? this.#others : null;
  }

  start(): void {
    // It must not outlast us, however we end: it would notice only with the next transaction.
    const argv = ["--pdeathsig", "KILL", "nft", "monitor"];
    const child = spawn("setpriv", argv, { stdio: ["ignore", "pipe", "ignore"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("# ")) return;
      const [own] = this.#awaited;
      if (own === undefined) this.#others += 1;
      else this.#awaited.delete(own);
      // Any other remark is that the kernel had more to say than was read in time.
      this.#isListening = line.startsWith("# new generation ");
    });
    child.on("error", () => {});
    child.on("close", () => {
      this.#isListening = false;
      if (!this.#isClosed) this.#timer = setTimeout(() => this.start(), restartMs);
    });
  }

  /** The same kernel, whose loads are known to be our own. */
  tellingOwn(nft: Nft): Nft {
    return {
      load: (text) => this.#loadOwn(nft, text),
      list: (what, signal) => nft.list(what, signal),
      listElements: (what, signal) => nft.listElements(what, signal),
    };
  }

  async #loadOwn(nft: Nft, text: string): Promise<void> {
    const own = {};
    this.#awaited.add(own);
    try {
      await nft.load(text);
      setTimeout(() => this.#awaited.delete(own), lateMs).unref();
    } catch (error) {
      // What was heard of in its place was somebody else's.
      if (!this.#awaited.delete(own)) this.#others += 1;
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#child?.kill("SIGKILL");
  }
}
