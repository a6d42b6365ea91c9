import { Command, InvalidArgumentError } from "commander";
import { parseCidr } from "../packet/net-set.ts";
import { readArguments } from "../read-arguments.ts";

/** What `replay` was asked to do. */
export interface CommandLine {
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** Networks in CIDR notation; empty stands for private and link-local ranges. */
  readonly inside: readonly string[];
  readonly isJson: boolean;
}

/** Reads the arguments. Where there is nothing to do, what commander printed was all: the exit code. */
export function parseArgs(args: readonly string[]): CommandLine | number {
  const command = new Command("replay")
    .description("Judges capture files: which machine is infected, with what, and since when.")
    .argument("<file...>", "pcap or pcapng, plain or gzip; - reads standard input")
    .option("--json", "one JSON object a line per file, instead of the report for people")
    .option("--inside <cidr,…>", "the site's addresses (default: private and link-local ranges)", networks);
  const exitCode = readArguments(command, args);
  if (exitCode !== null) return exitCode;
  const options = command.opts<{ json?: boolean; inside?: readonly string[] }>();
  return { files: command.args, inside: options.inside ?? [], isJson: options.json ?? false };
}

function networks(text: string): readonly string[] {
  const nets = text.split(",").map((net) => net.trim());
  for (const net of nets) {
    if (parseCidr(net) === null) throw new InvalidArgumentError(`"${net}" is no network such as 192.0.2.0/24`);
  }
  return nets;
}
