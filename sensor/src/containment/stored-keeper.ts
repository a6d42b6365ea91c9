import { elementSet, noElements, setsChangedBy, type Elements, type StoredName } from "./element-sets.ts";
import type { ExecutorTroubles } from "./executor-troubles.ts";
import type { Step } from "./protocol.ts";
import { storedFormats } from "./stored-elements.ts";
import { readStored, writeStored } from "./stored-file.ts";

/** What the kernel may refuse; the cuts must hold all the same. */
export const spareFiles = ["limits", "rules"] as const satisfies readonly StoredName[];

const fileWords: Readonly<Record<StoredName, { readonly code: string; readonly text: string }>> = {
  cuts: { code: "stored-set", text: "stored set" },
  limits: { code: "stored-limits", text: "stored limits" },
  rules: { code: "stored-rules", text: "stored rules" },
};

/** Keeps the elements that outlast a start, in files of a folder. */
export class StoredKeeper {
  readonly #folder: string;
  readonly #troubles: ExecutorTroubles;

  constructor(folder: string, troubles: ExecutorTroubles) {
    this.#folder = folder;
    this.#troubles = troubles;
  }

  /** What a file holds; nothing where it is damaged, which is said. */
  async read(name: StoredName): Promise<Elements> {
    const { code, text } = fileWords[name];
    const stored = await readStored(storedFormats[name], this.#folder);
    if (stored.kind === "damaged") {
      this.#troubles.say(`${code}-damaged`, `the ${text} was set aside as ${stored.asideAs}: ${stored.reason}`);
    }
    return stored.kind === "elements" ? stored.elements : noElements;
  }

  /** Says that the kernel takes no such elements. */
  refused(name: StoredName, why: string): void {
    const { code, text } = fileWords[name];
    this.#troubles.say(`${code}-refused`, `the kernel refused the ${text}: ${why}`);
  }

  /** Cards wear out: but for the cuts, what no step concerns is not written again. Null writes everything. */
  async write(elements: Elements, steps: readonly Step[] | null): Promise<void> {
    const isAll = steps === null || this.#troubles.has("stored-set-unwritable");
    const changed = new Set(steps?.flatMap(setsChangedBy).map((set) => elementSet(set).storedIn));
    try {
      for (const name of ["cuts", ...spareFiles] as const) {
        if (name !== "cuts" && !isAll && !changed.has(name)) continue;
        await writeStored(storedFormats[name], this.#folder, elements);
      }
      this.#troubles.isOver("stored-set-unwritable");
    } catch (error) {
      // The kernel holds it; that it would not survive a restart of the box is said, not thrown.
      this.#troubles.say("stored-set-unwritable", (error as Error).message);
    }
  }
}
