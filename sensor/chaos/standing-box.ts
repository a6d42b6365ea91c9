import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BoxArguments, BoxOrder, BoxWord } from "./box-protocol.ts";
import type { Truth } from "./truth.ts";

const agent = fileURLToPath(new URL("box-agent.ts", import.meta.url));

/** A document as the box adopted it. */
export interface Adopted {
  readonly epoch: number;
  readonly revision: number;
  readonly document: string;
}

/** The box that is killed and comes back; what it says goes to the truth. */
export class StandingBox {
  readonly #profile: string;
  readonly #folder: string;
  readonly #truth: Truth;
  readonly troubles: string[] = [];
  /** The newest document; it survives a kill as far as it was written down. */
  adopted: Adopted | null = null;
  /** Its newest certificate. */
  certificate: string | null = null;
  /** How often it got another one. */
  renewals = 0;
  #months = 0;
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  #drained: () => void = () => undefined;
  #begun: Promise<void> = Promise.resolve();
  #tellBegun: () => void = () => undefined;

  constructor(profile: string, folder: string, truth: Truth) {
    this.#profile = profile;
    this.#folder = folder;
    this.#truth = truth;
  }

  start(seed: number): void {
    if (this.#child !== null) return;
    this.#begun = new Promise((resolve) => {
      this.#tellBegun = resolve;
    });
    const args: BoxArguments = [this.#profile, this.#folder, String(this.#truth.next), String(seed)];
    const child = spawn(process.execPath, [agent, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined);
    let revision: Adopted | null = null;
    const lines = createInterface(child.stdout).on("line", (line) => {
      const word = wordIn(line);
      if (word?.kind === "adopted") {
        const isBack = revision !== null && !isAfter(word, revision);
        if (isBack)
          this.troubles.push(`went from ${revision?.epoch}.${revision?.revision} to ${word.epoch}.${word.revision}`);
        revision = word;
      }
      if (word !== null) this.#take(word);
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    this.#ended = Promise.all([once(child, "close"), once(lines, "close")]).then(() => {
      if (child.signalCode !== "SIGKILL" && child.exitCode !== 0)
        this.troubles.push(`it ended by itself: ${complaint}`);
      this.#child = null;
      this.#tellBegun();
    });
    this.#child = child;
  }

  /** Resolves once it works, or is gone. */
  begun(): Promise<void> {
    return this.#begun;
  }

  /** Kills it, and waits until all that it said was heard. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** Has it make no more; resolves when the controller has all, or rejects after a time. */
  async finish(timeoutMs: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#order("finish");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new TypeError(`the box has not drained in ${timeoutMs} ms`)), timeoutMs);
    });
    await Promise.race([drained, late]).finally(() => clearTimeout(timer));
  }

  /** Lets its certificate run out, by its own time, so that it asks for another one; at once, or when it can. */
  renew(): void {
    this.#months += 1;
    this.#order(`months ${this.#months}`);
  }

  async close(): Promise<void> {
    this.#child?.stdin?.end();
    await this.#ended;
  }

  #order(order: BoxOrder): void {
    this.#child?.stdin?.write(`${order}\n`);
  }

  #take(word: BoxWord): void {
    switch (word.kind) {
      case "boot":
        this.#truth.began(word.bootId, word.first);
        return this.#tellBegun();
      case "tried":
        return this.#truth.tried(word.upTo);
      case "kept":
        return this.#truth.kept(word.upTo);
      case "adopted":
        this.adopted = word;
        return undefined;
      case "certified":
        if (this.certificate !== null && this.certificate !== word.fingerprint) this.renewals += 1;
        this.certificate = word.fingerprint;
        return undefined;
      case "drained":
        return this.#drained();
      case "trouble":
        this.troubles.push(word.text);
        return undefined;
    }
  }
}

/** A kill may have cut the last line. */
function wordIn(line: string): BoxWord | null {
  try {
    return JSON.parse(line) as BoxWord;
  } catch {
    return null;
  }
}

function isAfter(a: Adopted, b: Adopted): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.revision > b.revision);
}
