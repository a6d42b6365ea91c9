import { connect, createServer } from "node:net";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import type { DrawnActivity } from "../protocol.ts";
import { exponential, wholeBetween } from "../random.ts";
import { pause, type ActivityContext } from "./activity.ts";

/** The port on which printers take jobs as they come. */
const jobPort = 9100;

async function sendJob(address: string, bytes: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: address, port: jobPort, signal });
  try {
    await once(socket, "connect", { signal });
    socket.end(randomBytes(bytes));
    await once(socket.resume(), "close", { signal });
  } catch {
    // A printer that does not answer is tried again with the next job.
  } finally {
    socket.destroy();
  }
}

/** Sends a job to the office's printer now and then. */
export async function print(plan: DrawnActivity<"print">, context: ActivityContext): Promise<void> {
  const { random, signal } = context;
  const printer = context.site.hosts.find((host) => host.job === "printer");
  while (printer !== undefined && !signal.aborted) {
    await pause(exponential(random, plan.everyMs), signal);
    if (!signal.aborted) await sendJob(printer.address, wholeBetween(random, [5_000, 80_000]), signal);
  }
}

/** The printer's side. */
export async function openPrinter(): Promise<void> {
  const server = createServer((socket) => {
    // A job that breaks off is thrown away.
    socket.on("error", () => socket.destroy());
    socket.resume();
    socket.on("end", () => socket.end());
  });
  server.listen(jobPort, "0.0.0.0");
  await once(server, "listening");
}
