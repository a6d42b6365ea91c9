// What `npm start` runs: composition root of the lab with its controller, and of the controller alone.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { SensorError } from "../src/errors.ts";
import { runControllerAlone } from "./controller-alone.ts";
import { runDemo } from "./demo.ts";
import { claimFolder } from "./only-one.ts";
import { parseStartOptions } from "./options.ts";
import { tellTo } from "./telling.ts";

const root = resolve(import.meta.dirname, "../..");
const options = parseStartOptions(process.argv.slice(2), join(root, ".cordon"));
const telling = tellTo(process.stdout);
const asked = new AbortController();

function onSignal(): void {
  // Ctrl-C comes more than once: from the terminal, and passed on by npm.
  if (asked.signal.aborted) return;
  telling.say("Ending …");
  asked.abort();
}
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);

try {
  const folder = resolve(options.data, options.lab ? "lab" : "controller");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await claimFolder(folder);
  const run = options.lab ? runDemo : runControllerAlone;
  await run({ options, folder, telling, asked: asked.signal });
} catch (error) {
  // An end in the middle of a start fails what was being started: that is what was asked for.
  if (!asked.signal.aborted) {
    const words = error instanceof SensorError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`cordon: ${words}\n`);
    process.exitCode = 1;
  }
}
// Whatever is still starting ends with us: its channel or its stdin closes.
process.exit();
