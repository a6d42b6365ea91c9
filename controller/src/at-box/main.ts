#!/usr/bin/env node
/**
 * The composition root of the program that every box carries beside its sensor's: the centre of that box, for as long as the
 * sensor at the other end of its standard streams wants it.
 */
import { parseArgs } from "node:util";
import { CentreLines, centreLine, type FromCentre, type ToCentre } from "@cordon/contract";
import { systemAmbient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import { logTo } from "../log-to.ts";
import { findUiDir } from "../ui-dir.ts";
import { startBoxCentre, type Begin } from "./box-centre.ts";

interface Sensor {
  readonly begin: Promise<Begin>;
  /** Resolves when the sensor ends this, or has gone. */
  readonly ended: Promise<void>;
  readonly send: (message: FromCentre) => void;
  /** From now on everything else that the sensor says goes there, what it has said by now first. */
  readonly takeWith: (take: (message: Exclude<ToCentre, Begin>) => void) => void;
}

function sensorAt(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Sensor {
  const early: Exclude<ToCentre, Begin>[] = [];
  let take = (message: Exclude<ToCentre, Begin>): void => void early.push(message);
  const begun = Promise.withResolvers<Begin>();
  // The sensor is who started this; it says what it likes.
  const lines = new CentreLines(Infinity, (line) => {
    const message = JSON.parse(line) as ToCentre;
    if (message.kind === "begin") begun.resolve(message);
    else take(message);
  });
  input.setEncoding("utf8").on("data", (text: string) => void lines.push(text));
  output.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    for (const event of ["end", "error", "close"] as const) input.once(event, () => resolve());
  });
  return {
    ...{ begin: begun.promise, ended },
    send: (message) => {
      if (output.writable) output.write(centreLine(message));
    },
    takeWith(next) {
      for (const message of early.splice(0)) next(message);
      take = next;
    },
  };
}

async function serve(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, ui: { type: "string" } } });
  if (values.data === undefined) throw new ControllerError("no-sensor", "a box's sensor starts this by itself");
  const sensor = sensorAt(process.stdin, process.stdout);
  const begin = await Promise.race([sensor.begin, sensor.ended]);
  if (begin === undefined) return;
  const centre = await startBoxCentre({
    ...{ dataDir: values.data, uiDir: values.ui ?? findUiDir(), begin, send: sensor.send },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ambient: systemAmbient(logTo("info")),
  });
  sensor.takeWith((message) => centre.take(message));
  sensor.send({ kind: "ready", url: centre.url });
  await sensor.ended;
  await centre.close();
}

try {
  await serve();
} catch (error) {
  if (!(error instanceof ControllerError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
process.stdin.destroy();
