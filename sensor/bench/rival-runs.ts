import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { measureProgram, type ProgramRun } from "./measure-program.ts";
import { howToInstall, isInstalled, prepare, rivals, type Rival } from "./rivals.ts";

/** What one run of a rival came to; with `reason` where it could not be measured. */
export interface RivalRun {
  readonly rival: Rival;
  readonly command: string;
  readonly run: ProgramRun | null;
  readonly detections: string;
}

/** Runs the rivals on captures, on this machine or in a root that holds them. */
export class RivalRuns {
  readonly #root: string;

  /** @param root a folder that is the root of another system; `/` for this one */
  constructor(root: string) {
    this.#root = root;
  }

  /** Those that are not there, each with how to get it. */
  async missing(): Promise<ReadonlyMap<Rival, string>> {
    const missing = new Map<Rival, string>();
    for (const rival of rivals) {
      if (!(await isInstalled(rival, this.#root))) missing.set(rival, howToInstall(rival));
    }
    return missing;
  }

  /** @param capture and `folder` as we see them, below the root */
  async run(rival: Rival, capture: string, folder: string): Promise<RivalRun> {
    await prepare(folder);
    const seen = (path: string): string => (this.#root === "/" ? path : `/${relative(this.#root, path)}`);
    const command = rival.command(seen(capture), seen(folder));
    const run = await measureProgram([...this.#enter(), ...command]);
    const detections = run.isSuccess ? await rival.detections(folder) : `it failed: ${run.said.trim().slice(-200)}`;
    await rm(folder, { recursive: true, force: true });
    return { rival, command: command.join(" "), run: run.isSuccess ? run : null, detections };
  }

  #enter(): readonly string[] {
    if (this.#root === "/") return [];
    return process.getuid?.() === 0 ? ["chroot", this.#root] : ["unshare", "-r", "chroot", this.#root];
  }

  /** Where captures have to lie, so that rivals see them. */
  get captureFolder(): string {
    return join(this.#root, "tmp");
  }
}
