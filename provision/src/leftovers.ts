import { rmSync } from "node:fs";

/** Files and folders that must not outlive this process, however it ends: some hold a key. */
export class Leftovers {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
  }

  /** It has become what it was made for. */
  keep(path: string): void {
    this.#paths.delete(path);
  }

  /** Not asynchronous: it is the last thing that is done. */
  remove(): void {
    for (const path of this.#paths) rmSync(path, { recursive: true, force: true });
    this.#paths.clear();
  }
}
