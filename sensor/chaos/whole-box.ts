import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { aScan } from "../test/link/a-scan.ts";
import type { Dice } from "./dice.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/**
 * The sensor's own program, which judges a scan over and over: its judge and its keeper of records, each killed at will. What it
 * has to tell nobody else knows, so that of its notices only order, repeats and the count of the lost are to be proven.
 */
export class WholeBox {
  readonly #args: readonly string[];
  readonly troubles: string[] = [];
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  kills = 0;

  /** @param folder of its own; on it everything stands */
  constructor(profile: string, folder: string) {
    const capture = join(folder, "scan.pcap");
    writeFileSync(capture, aScan());
    this.#args = [
      ...["judge", "--profile", profile, "--capture", capture, "--loop", "--exit-with-parent"],
      ...["--state", join(folder, "state"), "--run", join(folder, "run")],
    ];
  }

  start(): void {
    const child = spawn(process.execPath, [main, ...this.#args], { stdio: ["pipe", "ignore", "pipe"] });
    child.stdin.on("error", () => undefined);
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    this.#ended = once(child, "close").then(() => {
      if (child.signalCode !== "SIGKILL") this.troubles.push(`the whole box ended by itself: ${complaint}`);
    });
    this.#child = child;
  }

  /** Kills the judge, or the process beside it that keeps the records. */
  async killOne(dice: Dice): Promise<void> {
    this.kills += 1;
    const others = this.#others();
    const other = others[dice.between(0, 2 * others.length)];
    if (other === undefined) {
      await this.kill();
      this.start();
      return;
    }
    try {
      process.kill(other, "SIGKILL");
    } catch {
      // It was gone before.
    }
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
    this.#child = null;
  }

  /** What the judge has begun. */
  #others(): number[] {
    try {
      const pid = this.#child?.pid ?? 0;
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
      return text.split(" ").filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }
}
