import type { ChildProcess } from "node:child_process";

/** Settles when a process is gone: a sentence on how, with what it said last. */
export function endOf(child: ChildProcess, lastWords: () => string): Promise<string> {
  return new Promise((settle) => {
    child.once("error", (error) => settle(`cannot be run: ${error.message}`));
    child.once("close", (code, signal) => {
      const how = signal === null ? `ended with code ${code ?? "unknown"}` : `was ended by ${signal}`;
      const words = lastWords().trim();
      settle(words === "" ? how : `${how}: ${words}`);
    });
  });
}
