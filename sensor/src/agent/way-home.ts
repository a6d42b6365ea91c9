import { writeFile } from "node:fs/promises";
import type { LineState } from "@cordon/contract";

/** Whether this box can tell anybody: it reaches its controller, the line is known to be dead, or neither. */
export type WayHome = "reached" | "line-dead" | "none";

export function wayHomeOf(isConnected: boolean, line: Pick<LineState, "state">): WayHome {
  if (isConnected) return "reached";
  return line.state === "dead" ? "line-dead" : "none";
}

/** Leaves the word for the box's look at its health, where it has changed. */
export class WayHomeNote {
  readonly #path: string;
  #noted: WayHome | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  tell(word: WayHome): void {
    if (word === this.#noted) return;
    this.#noted = word;
    // In memory; where that is full, whoever reads it finds what it was.
    void writeFile(this.#path, `${word}\n`).catch(() => undefined);
  }
}
