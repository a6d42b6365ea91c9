import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";

/** What else this machine had to do: a figure means little without it. */
export interface Load {
  /** Mean over one minute, our own work included. */
  readonly loadAverage: number;
  /** Share of processor time that the host of a virtual machine gave to others, since the clock was started. */
  readonly stolenShare: number;
}

/** Starts looking; the result gives the load from then on. */
export async function watchLoad(): Promise<() => Promise<Load>> {
  const before = await processorTimes();
  return async () => {
    const after = await processorTimes();
    const total = after.total - before.total;
    return { loadAverage: loadavg()[0] ?? 0, stolenShare: total === 0 ? 0 : (after.stolen - before.stolen) / total };
  };
}

/** In the sentence that stands below a table. */
export function loadRemark(before: number, { loadAverage, stolenShare }: Load): string {
  const stolen = `${(100 * stolenShare).toFixed(1)} % of the processor's time stolen`;
  return `Load average ${before.toFixed(1)} before and ${loadAverage.toFixed(1)} after; ${stolen}.`;
}

/** The first line of /proc/stat (proc_stat(5)): user nice system idle iowait irq softirq steal, then guests, counted already. */
async function processorTimes(): Promise<{ readonly total: number; readonly stolen: number }> {
  const [line = ""] = (await readFile("/proc/stat", "latin1")).split("\n");
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { total: times.reduce((sum, each) => sum + each, 0), stolen: times[7] ?? 0 };
}
