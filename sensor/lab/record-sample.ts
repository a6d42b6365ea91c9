import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { officeOutbreak } from "./scenarios/office-outbreak.ts";
import { startLab } from "./start-lab.ts";

/**
 * All frames but the inner packets of web transfers: those are most of the bytes, nothing is judged
 * by them, and their beginning and end stay in.
 */
function sampleFilter(filePort: number): string {
  const web = `(tcp port 80 or tcp port 443 or tcp port ${filePort})`;
  return `not (${web} and tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) == 0)`;
}

export interface SampleOrder {
  readonly path: string;
  readonly seed: number;
  readonly forMs: number;
  readonly filePort: number;
  readonly signal: AbortSignal;
}

/** Records the first scene at the sensor's inside port and writes it compressed; its size in bytes. */
export async function recordSample(order: SampleOrder): Promise<number> {
  const { signal } = order;
  const folder = await mkdtemp(`${tmpdir()}/cordon-sample-`);
  const lab = await startLab({ seed: order.seed, signal });
  try {
    const raw = `${folder}/sample.pcap`;
    await lab.record(raw, { snapLength: 512, filter: sampleFilter(order.filePort), signal });
    const run = await lab.run(officeOutbreak, { signal });
    await delay(order.forMs, undefined, { signal });
    await run.stop();
    await lab.stopRecording();
    await pipeline(createReadStream(raw), createGzip({ level: 9 }), createWriteStream(order.path));
    return (await stat(order.path)).size;
  } finally {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }
}
