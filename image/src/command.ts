import { spawn } from "node:child_process";
import { ImageError } from "./errors.ts";

export interface CommandOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

// mmdebstrap's filters are scripts of Debian's python, started for each package: a wrapper that stands before it in the
// path, as managers of versions put there, makes minutes of that.
const debianFirst = `/usr/sbin:/usr/bin:/sbin:/bin:${process.env["PATH"] ?? ""}`;

/** Runs a program to its end and returns its stdout. Rejects with `command-failed`, naming the program and its last words. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: debianFirst, LC_ALL: "C", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  let words = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-4000)));
  // A program that needs no more input closes it early.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new ImageError("command-failed", `cannot run ${command}: ${cause.message}`, { cause })),
    );
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  });
  if (code !== 0) {
    const last = words.trim().split("\n").slice(-6).join("\n");
    throw new ImageError("command-failed", `${command} ended with ${code}: ${last}`);
  }
  return Buffer.concat(out).toString("utf8");
}
