import { parseArgs, type CommandLine } from "./command-line.ts";
import { judgeCapture, judgeStream, type CaptureReport } from "./judge-capture.ts";
import { reportJson } from "./report-json.ts";
import { reportText } from "./report-text.ts";
import { SensorError } from "../errors.ts";

/** Judges the files one after the other and prints each report when it is ready; the exit code. */
async function replay({ files, inside, isJson }: CommandLine): Promise<number> {
  let exitCode = 0;
  let isFirst = true;
  for (const file of files) {
    const name = file === "-" ? "standard input" : file;
    const error = await judgeOne(file, inside, (report) => {
      if (!isJson && !isFirst) process.stdout.write("\n");
      process.stdout.write(isJson ? `${reportJson(report)}\n` : reportText(report));
      isFirst = false;
    });
    if (error === null) continue;
    process.stderr.write(`cordon: cannot judge ${printable(name)}: ${printable(error.message)}\n`);
    exitCode = 1;
  }
  return exitCode;
}

/** A file's name may hold anything but "/" and NUL; a line for people holds no control characters. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

async function judgeOne(
  file: string,
  inside: readonly string[],
  print: (report: CaptureReport) => void,
): Promise<SensorError | null> {
  try {
    if (file === "-" && process.stdin.isTTY) {
      return new SensorError("capture-not-a-file", "it is a terminal; give a file or pipe a capture into it");
    }
    const report = await (file === "-" ? judgeStream(file, process.stdin, { inside }) : judgeCapture(file, { inside }));
    print(report);
    return report.error;
  } catch (error) {
    if (error instanceof SensorError) return error;
    throw error;
  }
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read the reports has seen enough (`| head`): nobody is left to tell.
  if (error.code === "EPIPE") process.exit();
  throw error;
});
const commandLine = parseArgs(process.argv.slice(2));
process.exitCode = typeof commandLine === "number" ? commandLine : await replay(commandLine);
