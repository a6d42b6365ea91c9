import { createInterface } from "node:readline";
import type { ControllerProcess } from "./controller-process.ts";
import type { Telling } from "./telling.ts";

/** Shows where the UI is and the one-time link; on a terminal, Enter gives another link. */
export function tellLink(controller: ControllerProcess, telling: Telling, more: readonly string[]): void {
  const { url, loginLink } = controller;
  telling.headline([
    `The UI:      ${url}`,
    `Sign in by:  ${loginLink}`,
    "             (works once, within 15 minutes)",
    ...(more.length === 0 ? [] : ["", ...more]),
    "",
    process.stdin.isTTY ? "Enter gives another login link. Ctrl-C ends everything." : "Ctrl-C ends everything.",
  ]);
  controller.onLoginLink((link) => telling.say(`Sign in by:  ${link}`));
  if (!process.stdin.isTTY) return;
  createInterface({ input: process.stdin }).on("line", () => {
    controller.newLoginLink().then(
      (link) => telling.say(`Sign in by:  ${link}`),
      () => telling.say("The controller gave no login link."),
    );
  });
}
