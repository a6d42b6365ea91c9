import { CommanderError, type Command } from "commander";

/** The exit code of a program that was called wrongly. */
export const usageError = 2;

/** Has commander read arguments. Where there is nothing to do, what it printed was all: the exit code; else null. */
export function readArguments(command: Command, args: readonly string[]): number | null {
  try {
    command.showHelpAfterError().exitOverride().parse(args, { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : usageError;
  }
}
